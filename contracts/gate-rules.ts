import type { Problem } from '../domain/failure-types.js';
import { gateName } from '../domain/gates/gate-name.js';
import { asksForEvidence, evidenceAskedFor } from '../domain/gates/showing-gates.js';
import { metricsOf, metricTraits } from '../domain/metrics.js';
import type { PipelineSections } from './pipeline-definition.js';

type Given = Partial<PipelineSections>;
type Gate = PipelineSections['gates'][number];

/** What must hold between the gates, and between them and the other sections. Each rule gives the problems it finds. */
export const gateRules: readonly ((given: Given) => readonly Problem[])[] = [
  someGateShowsSomething,
  gatesDiffer,
  slicesAreKnown,
  fairColumnsAreKnown,
  metricsFitTheLabel,
  classesAreThere,
  valuesAreGiven,
];

/** Gates that only find no harm promote a model that nothing is known about. */
function someGateShowsSomething({ gates }: Given): Problem[] {
  if (gates === undefined || asksForEvidence(gates)) return [];
  const found = gates.map((gate) => `${gateName(gate)} (${gate.mode})`).join(', ');
  return [{ field: 'gates', found, expected: evidenceAskedFor }];
}

/** Two gates of one name could not be told apart in a report. */
function gatesDiffer({ gates = [] }: Given): Problem[] {
  const names = gates.map(gateName);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return [];
    const found = `${name} a second time, as in gates.${String(first)}`;
    return [{ field: field(index), found, expected: 'each gate once, with the limit that counts' }];
  });
}

/** A slice may be by a column that no model sees, too: that is often whom harm is asked about. */
function slicesAreKnown({ gates = [], dataset }: Given): Problem[] {
  if (dataset === undefined) return [];
  const { features, sensitive } = dataset;
  const others = sensitive.length === 0 ? '' : `, or of dataset.sensitive, ${sensitive.join(', ')}`;
  const expected = `one of the features ${Object.keys(features).join(', ')}${others}`;
  return gates.flatMap((gate, index) =>
    gate.check !== 'worst-slice' || Object.hasOwn(features, gate.column) || sensitive.includes(gate.column)
      ? []
      : [{ field: field(index, 'column'), found: JSON.stringify(gate.column), expected }],
  );
}

function fairColumnsAreKnown({ gates = [], dataset }: Given): Problem[] {
  if (dataset === undefined) return [];
  const known = [...dataset.sensitive, ...Object.keys(dataset.features)];
  const expected = `a column of dataset.sensitive or a feature: ${known.join(', ')}`;
  return gates.flatMap((gate, index) =>
    gate.check !== 'fair'
      ? []
      : gate.columns.flatMap((column, place) => {
          const where = field(index, `columns.${String(place)}`);
          if (!known.includes(column)) return [{ field: where, found: JSON.stringify(column), expected }];
          if (gate.columns.indexOf(column) === place) return [];
          return [{ field: where, found: `${JSON.stringify(column)} a second time`, expected: 'each column once' }];
        }),
  );
}

function metricsFitTheLabel({ gates = [], label }: Given): Problem[] {
  if (label === undefined) return [];
  const fitting = metricsOf(label.kind).filter((name) => typeof metricTraits[name].better === 'string');
  const expected = `a metric of a ${label.kind} label: ${fitting.join(', ')}`;
  return gates.flatMap((gate, index) =>
    !('metric' in gate) || metricTraits[gate.metric].kind === label.kind
      ? []
      : [{ field: field(index, 'metric'), found: JSON.stringify(gate.metric), expected }],
  );
}

/** A predicted number is no decision and no probability. */
function classesAreThere({ gates = [], label }: Given): Problem[] {
  if (label?.kind !== 'regression') return [];
  return gates.flatMap((gate, index) =>
    gate.check === 'fair' || gate.check === 'calibrated' || gate.check === 'impact'
      ? [{ field: field(index), found: gateName(gate), expected: 'gates that suit a regression label' }]
      : [],
  );
}

function valuesAreGiven({ gates = [], decision }: Given): Problem[] {
  if (decision === undefined || decision.value !== null) return [];
  return gates.flatMap((gate, index) => {
    const asking = asksForValue(gate);
    if (asking === null) return [];
    return [
      {
        field: field(index, asking),
        found: 'a limit on the value of decisions',
        expected: 'decision.value, which says what each kind of decision brings',
      },
    ];
  });
}

function asksForValue(gate: Gate): string | null {
  if (gate.check === 'impact') return gate.maxValueLoss === null ? null : 'maxValueLoss';
  return 'metric' in gate && gate.metric === 'value' ? 'metric' : null;
}

function field(index: number, inner?: string): string {
  return inner === undefined ? `gates.${String(index)}` : `gates.${String(index)}.${inner}`;
}
