import {
  differenceIn,
  estimateIn,
  type Comparison,
  type Difference,
  type MetricEstimate,
} from '../../domain/gates/comparison.js';
import type { GateCheck, GateReport } from '../../domain/gates/gate-report.js';
import { reportedName } from '../../domain/gates/report-sentence.js';
import { isHigherBetter, metricTraits, type MetricName } from '../../domain/metrics.js';
import { countOf, directionOf, formatBounds, formatNumber, formatRange, formatSigned, formatValue } from './format.js';
import type { Table } from './table.js';

/** Metrics that no gate names are drawn as far as these many; the table of metrics has them all. */
const SHOWN_METRICS = 4;

/** Both sides' metrics with their intervals, on how many rows. */
export function metricTable(report: GateReport): Table {
  const { comparison } = report;
  const { champion, challenger, differences } = comparison.pooled;
  return {
    caption: `Metrics on ${sampleOf(comparison)}, intervals at ${formatNumber(comparison.method.level * 100)} %`,
    columns: [
      'Metric',
      reportedName(report.champion),
      reportedName(report.challenger),
      'Difference',
      'Interval',
      'Would notice',
      'Reads as',
    ],
    rows: comparison.metrics.map((metric) => {
      const difference = differenceIn(differences, metric);
      return [
        `${metricTraits[metric].label}, ${directionOf(metric)}`,
        estimateText(estimateIn(champion, metric)),
        estimateText(estimateIn(challenger, metric)),
        ...differenceCells(metric, difference),
      ];
    }),
  };
}

export function sampleOf({ rows, positives, days, labelKind }: Comparison): string {
  const positive = labelKind === 'binary' ? ` (${countOf(positives, 'positive')})` : '';
  return `${countOf(rows, 'labelled row')}${positive} of ${countOf(days, 'day')}`;
}

/** Why a side could not be measured stands once, where the interval would be. */
export function estimateText({ value, lower, upper }: MetricEstimate): string {
  return lower === null ? formatValue(value) : `${formatValue(value)} (${formatBounds(lower, upper)})`;
}

export function differenceCells(metric: MetricName, difference: Difference): readonly string[] {
  const { estimate, lower, upper, minimumDetectable, reason } = difference;
  return [
    formatSigned(estimate),
    lower === null ? (reason ?? '–') : formatRange(lower, upper),
    formatValue(minimumDetectable),
    readDifference(metric, difference),
  ];
}

/** What an interval says in a word; one that holds zero shows no difference, which is not the same as showing none. */
export function readDifference(metric: MetricName, { lower, upper }: Difference): string {
  if (lower === null || upper === null) {
    return typeof metricTraits[metric].better === 'object' ? 'not compared' : 'not settled';
  }
  if (lower <= 0 && upper >= 0) return 'no difference shown';
  if (typeof metricTraits[metric].better === 'object') return lower > 0 ? 'higher' : 'lower';
  return lower > 0 === isHigherBetter(metric) ? 'better' : 'worse';
}

/** The metrics that gates name, and the first of the others; a bias is of one side, and two of them are not compared. */
export function leadingMetrics({ metrics, pooled }: Comparison, checks: readonly GateCheck[]): readonly MetricName[] {
  const gated = new Set(checks.flatMap(({ spec }) => ('metric' in spec ? [spec.metric] : [])));
  const isDrawn = (metric: MetricName) => differenceIn(pooled.differences, metric).estimate !== null;
  const asked = metrics.filter((metric) => gated.has(metric) && typeof metricTraits[metric].better === 'string');
  const rest = metrics.filter((metric) => !gated.has(metric) && isDrawn(metric));
  return [...asked, ...rest.slice(0, Math.max(0, SHOWN_METRICS - asked.length))];
}
