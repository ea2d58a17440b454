import { sayPercent } from '../../domain/gates/check-facts.js';
import { differenceIn, estimateIn, metricIn, type Comparison, type Difference } from '../../domain/gates/comparison.js';
import { sayMeasured } from '../../domain/gates/measured-text.js';
import { metricTraits, type MetricName } from '../../domain/metrics.js';
import { withMinusSigns } from '../../domain/number-text.js';
import type { GateCheck, GateReport } from '../../domain/gates/gate-report.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { MeasuredFold } from '../../workflows/api.js';
import type { AssembledReport, EvaluatedFold } from './evidence-plan.js';

/** The report has them all; a card and a terminal show where a fold stands. */
const foldMetricsShown = 1;

/** The part of a report that fits on a card and into a workflow's history. */
export function outcomeOf(
  report: GateReport,
  facts: {
    readonly digest: string;
    readonly sentence: string;
    readonly folds: readonly EvaluatedFold[];
    readonly pages: readonly FileRef[];
  },
): AssembledReport {
  const { pooled, rows } = report.comparison;
  const valueUnit = report.task.decision.value?.unit ?? null;
  return {
    reportDigest: facts.digest,
    verdict: report.verdict,
    sentence: facts.sentence,
    checks: report.checks.map((check) => ({
      name: check.name,
      mode: check.mode,
      verdict: check.verdict,
      value: valueOf(check, valueUnit),
      limit: sayMeasured(check.limit, check, valueUnit),
      why: check.why,
    })),
    metrics: report.comparison.metrics.map((metric) => ({
      metric: metricTraits[metric].label,
      champion: estimateIn(pooled.champion, metric).value,
      challenger: estimateIn(pooled.challenger, metric).value,
      difference: sayDifference(report.comparison, metric),
    })),
    rows,
    folds: facts.folds.map((fold, index) => ({
      window: fold.window,
      rows: fold.rows,
      snapshotDigest: fold.snapshotDigest,
      metrics: foldMetrics(report, index),
      ...(fold.sides === undefined ? {} : { sides: fold.sides }),
    })),
    reportPath: `reports/${facts.digest}/report.html`,
    pages: facts.pages,
  };
}

function foldMetrics({ comparison }: GateReport, index: number): NonNullable<MeasuredFold['metrics']> {
  const fold = comparison.folds[index];
  if (fold === undefined) return [];
  return comparison.metrics.slice(0, foldMetricsShown).map((metric) => ({
    metric: metricTraits[metric].label,
    champion: metricIn(fold.champion, metric).value,
    challenger: metricIn(fold.challenger, metric).value,
  }));
}

function valueOf(check: GateCheck, valueUnit: string | null): string {
  const { value, interval, verdict, unit } = check;
  if (value === null) return verdict === 'pass' || verdict === 'fail' ? '–' : 'not measurable';
  const say = (number: number) => (unit === undefined ? fixed(number) : sayMeasured(number, check, valueUnit));
  return interval === null ? say(value) : `${say(value)} (${say(interval.lower)} to ${say(interval.upper)})`;
}

/** Gates compare no metric that is best at a target: nearer to it is not a sign of the difference. */
function sayDifference({ pooled, method }: Comparison, metric: MetricName): string {
  const { better } = metricTraits[metric];
  if (typeof better === 'object' && pooled.differences[metric] === undefined) {
    return `best at ${String(better.target)}, not compared`;
  }
  return differenceOf(differenceIn(pooled.differences, metric), method.level);
}

function differenceOf({ estimate, lower, upper, reason }: Difference, level: number): string {
  if (estimate === null) return reason ?? 'not measurable';
  const signed = `${estimate > 0 ? '+' : ''}${fixed(estimate)}`;
  if (lower === null || upper === null) return `${signed}, no interval: ${reason ?? 'too few days'}`;
  return `${signed} (${fixed(lower)} to ${fixed(upper)} at ${sayPercent(level)})`;
}

function fixed(value: number): string {
  return withMinusSigns(value.toFixed(4).replace(/^-(0\.0+)$/, '$1'));
}
