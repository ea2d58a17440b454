import type { GateReport } from '../../domain/gates/gate-report.js';
import type { ProbeName } from '../../domain/gates/probes.js';
import { metricTraits } from '../../domain/metrics.js';
import { withMinusSigns } from '../../domain/number-text.js';
import { sayIntervals, sliceCells, sliceColumns } from './slice-table.js';
import { sayDrift } from './drift-words.js';
import { formatCount, harmOf } from './format.js';
import { markdownList, markdownTable } from './markdown.js';
import { importanceColumns, importanceRows } from './importance-table.js';
import { sayReuse } from './section-certainty.js';
import { metricTable } from './metric-table.js';
import { fairnessTables } from './fairness-table.js';

const SHOWN_SLICES = 10;
const SHOWN_FEATURES = 10;

export function cardMetrics(report: GateReport): string {
  return markdownTable(metricTable(report));
}

/** Slices, fairness and what the model leans on. */
export function cardSlices(report: GateReport): string {
  const parts = [...sliceTables(report), ...fairnessTables(report).map(markdownTable), ...importance(report)];
  return parts.length === 0 ? 'Neither slices nor groups were asked for.' : parts.join('\n\n');
}

function sliceTables({ checks }: GateReport): readonly string[] {
  return checks.flatMap(({ spec, slices }) =>
    spec.check === 'worst-slice' && slices.length > 0
      ? [
          markdownTable({
            caption: `${metricTraits[spec.metric].label} by ${spec.column}, the worst off of ${formatCount(slices.length)}; ${sayIntervals(slices)}`,
            columns: sliceColumns(spec.column),
            rows: slices.slice(0, SHOWN_SLICES).map(sliceCells),
          }),
        ]
      : [],
  );
}

function importance({ probes }: GateReport): readonly string[] {
  if (probes.importance?.status !== 'measured') return [];
  const { metric, rows, repeats, features } = probes.importance.facts;
  return [
    markdownTable({
      caption: `${harmOf(metric)} when a feature is shuffled, ${formatCount(repeats)} times over ${formatCount(rows)} rows`,
      columns: importanceColumns,
      rows: importanceRows(features.slice(0, SHOWN_FEATURES)),
    }),
  ];
}

/** Everything that did not pass, and what was not looked at. */
export function cardCaveats({ checks, probes, comparison }: GateReport): string {
  const open = checks.filter(({ verdict }) => verdict !== 'pass');
  const unknown = (Object.keys(probes) as ProbeName[]).flatMap((name) => {
    const probe = probes[name];
    if (probe === null) return [`${name}: not looked at`];
    return probe.status === 'measured' ? [] : [`${name}: not known, ${probe.why}`];
  });
  return markdownList([
    sayReuse(comparison),
    'Intervals speak of days like those of the evaluation data; how far the data moves after them is watched by monitoring',
    ...(probes.drift?.status === 'measured' ? [sayDrift(probes.drift.facts, comparison)] : []),
    ...open.map(({ name, mode, verdict, why }) => `${name} (${mode}): ${verdict}; ${withMinusSigns(why)}`),
    ...unknown.map(withMinusSigns),
  ]);
}
