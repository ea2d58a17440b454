import type { Problem } from '../domain/failure-types.js';
import { gateName } from '../domain/gates/gate-name.js';
import { asksForEvidence, evidenceAskedFor } from '../domain/gates/showing-gates.js';
import { metricsOf, metricTraits, widthOf, type MetricName } from '../domain/metrics.js';
import type { PipelineSections } from './pipeline-definition.js';

type Given = Partial<PipelineSections>;
type Gate = PipelineSections['gates'][number];

/** What must hold between the gates, and between them and the other sections. Each rule gives the problems it finds. */
export const gateRules: readonly ((given: Given) => readonly Problem[])[] = [
  gatesDiffer,
  slicesAreKnown,
  fairColumnsAreKnown,
  metricsFitTheLabel,
  limitsAreWithinReach,
  classesAreThere,
  valuesAreGiven,
  valuesNeedClasses,
];

/** What must hold of all gates together. */
export const wholeGateRules: typeof gateRules = [someGateShowsSomething];

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
  const known = [...Object.keys(features).filter((name) => features[name] === 'categorical'), ...sensitive];
  const expected = `a categorical feature or a column of dataset.sensitive: ${known.join(', ') || 'there is none'}`;
  return gates.flatMap((gate, index) => {
    if (gate.check !== 'worst-slice' || known.includes(gate.column)) return [];
    const isNumber = Object.hasOwn(features, gate.column);
    const found = `${JSON.stringify(gate.column)}${isNumber ? ', a numeric feature, which has no slices' : ''}`;
    return [{ field: field(index, 'column'), found, expected }];
  });
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
  const ofLabel = metricsOf(label.kind);
  return gates.flatMap((gate, index) => {
    if (!('metric' in gate) || metricTraits[gate.metric].kind === label.kind) return [];
    const fitting = ofLabel.filter((name) => isDirected(name) || (name === 'bias' && gate.check === 'floor'));
    const example = gateExamples[gate.check](label.kind === 'binary' ? 'auc' : 'mae');
    const expected = `a metric of a ${label.kind} label: ${fitting.join(', ')}; for example ${example}`;
    return [{ field: field(index, 'metric'), found: JSON.stringify(gate.metric), expected }];
  });
}

/** A margin wider than the metric asks nothing, and a limit that it cannot reach is never kept. */
function limitsAreWithinReach({ gates = [] }: Given): Problem[] {
  return gates.flatMap((gate, index) => {
    if (!('metric' in gate)) return [];
    const { label, range } = metricTraits[gate.metric];
    if (gate.check === 'floor' && gate.metric === 'bias') {
      if (gate.limit > 0) return [];
      const expected = 'a distance from 0 above 0, such as 0.5: a bias may lie that far to either side';
      return [{ field: field(index, 'limit'), found: String(gate.limit), expected }];
    }
    if (gate.check === 'floor') {
      const { least, most } = range;
      if ((least === null || gate.limit >= least) && (most === null || gate.limit <= most)) return [];
      const ends = [least === null ? '' : `at least ${String(least)}`, most === null ? '' : `at most ${String(most)}`];
      const expected = `a limit that ${label} can have: ${ends.filter((end) => end !== '').join(' and ')}`;
      return [{ field: field(index, 'limit'), found: String(gate.limit), expected }];
    }
    const width = widthOf(gate.metric);
    const [name, value] = differenceLimit(gate);
    if (width === null || value <= width) return [];
    const expected = `at most ${String(width)}, the largest difference that two values of ${label} can have; a usual one is 0.01`;
    return [{ field: field(index, name), found: String(value), expected }];
  });
}

/** How a gate of a metric is written. */
const gateExamples = {
  floor: (metric) => `floor('${metric}', { limit: ${metric === 'auc' ? '0.7' : '5'} })`,
  'not-worse': (metric) => `notWorse('${metric}', { margin: ${metric === 'auc' ? '0.002' : '0.1'} })`,
  better: (metric) => `better('${metric}')`,
  'beats-baseline': (metric) => `beatsBaseline('${metric}')`,
  'worst-slice': (metric) => `worstSlice('<column>', { metric: '${metric}', minRows: 500, harm: 0.02 })`,
  stable: (metric) => `stable('${metric}', { harm: 0.03 })`,
} as const satisfies Record<Extract<Gate, { metric: unknown }>['check'], (metric: 'auc' | 'mae') => string>;

function isDirected(name: MetricName): boolean {
  return typeof metricTraits[name].better === 'string';
}

function differenceLimit(gate: Extract<Gate, { metric: unknown }>): readonly [name: string, value: number] {
  switch (gate.check) {
    case 'not-worse':
      return ['margin', gate.margin];
    case 'better':
    case 'beats-baseline':
      return ['by', gate.by];
    case 'worst-slice':
    case 'stable':
      return ['harm', gate.harm];
    case 'floor':
      return ['limit', gate.limit];
  }
}

/** A predicted number is no probability, and whether a decision on it was right nobody can say. */
function classesAreThere({ gates = [], label }: Given): Problem[] {
  if (label?.kind !== 'regression') return [];
  return gates.flatMap((gate, index) => {
    if (gate.check !== 'fair' && gate.check !== 'calibrated') return [];
    const found = `${gateName(gate)}, which needs a label of two classes`;
    return [{ field: field(index), found, expected: `a gate for a label that is a number, ${insteadOf[gate.check]}` }];
  });
}

const insteadOf = {
  fair: "such as worstSlice('<column of dataset.sensitive>', { metric: 'mae', minRows: 200, harm: 0.5 })",
  calibrated: "such as floor('bias', { limit: 0.5 })",
} as const;

/** What a decision brings is counted by right and wrong ones, and a number makes none of them either. */
function valuesNeedClasses({ gates = [], decision, analysis, label }: Given): Problem[] {
  if (label?.kind !== 'regression') return [];
  const expected = 'null, or nothing: with a regression label no decision is right or wrong, so none has a value';
  const problem = (field: string, found: unknown): Problem[] => [{ field, found: JSON.stringify(found), expected }];
  return [
    ...(decision === undefined || decision.value === null ? [] : problem('decision.value', decision.value)),
    ...gates.flatMap((gate, index) =>
      gate.check !== 'impact' || gate.maxValueLoss === null
        ? []
        : problem(field(index, 'maxValueLoss'), gate.maxValueLoss),
    ),
    ...((analysis?.maxValueLoss ?? null) === null ? [] : problem('analysis.maxValueLoss', analysis?.maxValueLoss)),
  ];
}

function valuesAreGiven({ gates = [], decision, label }: Given): Problem[] {
  if (decision === undefined || decision.value !== null || label?.kind === 'regression') return [];
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
