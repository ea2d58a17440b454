import { differenceIn, estimateIn, type Difference } from '../../domain/gates/comparison.js';
import { metricTraits } from '../../domain/metrics.js';
import { withMinusSigns } from '../../domain/number-text.js';
import type { GateCheck, GateReport } from '../../domain/gates/gate-report.js';
import type { AssembledReport, EvaluatedFold } from './evidence-plan.js';

/** The part of a report that fits on a card and into a workflow's history. */
export function outcomeOf(
  report: GateReport,
  facts: { readonly digest: string; readonly sentence: string; readonly folds: readonly EvaluatedFold[] },
): AssembledReport {
  const { pooled, rows, method } = report.comparison;
  return {
    reportDigest: facts.digest,
    verdict: report.verdict,
    sentence: facts.sentence,
    checks: report.checks.map((check) => ({
      name: check.name,
      mode: check.mode,
      verdict: check.verdict,
      value: valueOf(check),
      limit: String(check.limit),
      why: check.why,
    })),
    metrics: report.comparison.metrics.map((metric) => ({
      metric: metricTraits[metric].label,
      champion: estimateIn(pooled.champion, metric).value,
      challenger: estimateIn(pooled.challenger, metric).value,
      difference: differenceOf(differenceIn(pooled.differences, metric), method.level),
    })),
    rows,
    folds: facts.folds.map(({ window, rows: foldRows, snapshotDigest }) => ({
      window,
      rows: foldRows,
      snapshotDigest,
    })),
    reportPath: `reports/${facts.digest}/report.html`,
  };
}

function valueOf({ value, interval }: GateCheck): string {
  if (value === null) return 'not measurable';
  return interval === null ? fixed(value) : `${fixed(value)} (${fixed(interval.lower)} to ${fixed(interval.upper)})`;
}

function differenceOf({ estimate, lower, upper, reason }: Difference, confidence: number): string {
  if (estimate === null) return reason ?? 'not measurable';
  const signed = `${estimate > 0 ? '+' : ''}${fixed(estimate)}`;
  if (lower === null || upper === null) return `${signed}, no interval: ${reason ?? 'too few days'}`;
  return `${signed} (${fixed(lower)} to ${fixed(upper)} at ${String(Math.round(confidence * 100))} %)`;
}

function fixed(value: number): string {
  return withMinusSigns(value.toFixed(4).replace(/^-(0\.0+)$/, '$1'));
}
