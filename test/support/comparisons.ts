import type {
  Comparison,
  Difference,
  Differences,
  MetricEstimate,
  MetricEstimates,
  Metrics,
  SliceComparison,
} from '../../domain/gates/comparison.js';
import type { MetricName } from '../../domain/metrics.js';
import { comparedSide } from './scored-folds.js';

/** A difference whose interval reaches `half` to both sides. */
export function difference(estimate: number, half: number, overrides: Partial<Difference> = {}): Difference {
  return {
    estimate,
    lower: estimate - half,
    upper: estimate + half,
    se: half / 2,
    blocks: 28,
    reason: null,
    minimumDetectable: half * 1.5,
    ...overrides,
  };
}

/** What a metric looks like that could not be measured. */
export function unmeasured(reason: string): Difference & MetricEstimate {
  return {
    value: null,
    estimate: null,
    lower: null,
    upper: null,
    se: null,
    minimumDetectable: null,
    blocks: 28,
    reason,
  };
}

export function differences(overrides: Partial<Record<MetricName, Difference>> = {}): Differences {
  const none = difference(0, 0.001);
  return { auc: none, logLoss: none, brier: none, ece: none, ...overrides };
}

export function estimates(overrides: Partial<Record<MetricName, MetricEstimate>> = {}): MetricEstimates {
  const some = { value: 0.5, lower: 0.49, upper: 0.51, se: 0.005, blocks: 28, reason: null };
  return { auc: some, logLoss: some, brier: some, ece: some, ...overrides };
}

export function slice(value: string | null, rows: number, auc: Difference): SliceComparison {
  const some = { value: 0.5, reason: null };
  const metrics: Metrics = { auc: some, logLoss: some, brier: some, ece: some };
  const positives = Math.round(rows / 5);
  return {
    column: 'origin',
    value,
    rows,
    positives,
    champion: metrics,
    challenger: metrics,
    differences: differences({ auc }),
  };
}

/** A comparison of equally good models on 10,000 rows; tests state only what they are about. */
export function comparison(overrides: Partial<Comparison> = {}): Comparison {
  return {
    champion: comparedSide(),
    challenger: comparedSide({ modelDigest: 'b'.repeat(64), label: 'flights v2' }),
    labelKind: 'binary',
    metrics: ['auc', 'logLoss', 'brier', 'ece'],
    rows: 10_000,
    positives: 2_000,
    days: 28,
    rowsDigest: 'c'.repeat(64),
    method: {
      blocks: 'day',
      replicates: 2000,
      confidence: 0.9,
      reuse: 1,
      level: 0.9,
      seed: 1,
      interval: 'block-bootstrap-t',
    },
    folds: [],
    pooled: { champion: estimates(), challenger: estimates(), differences: differences(), deLong: null },
    slices: [],
    reliability: { champion: [], challenger: [] },
    histograms: { champion: { counts: [10_000], outside: 0 }, challenger: { counts: [10_000], outside: 0 } },
    flips: null,
    movers: [],
    identicalScores: false,
    ...overrides,
  };
}

/** The same with one difference changed. */
export function comparisonWith(changed: Partial<Record<MetricName, Difference>>): Comparison {
  return comparison({
    pooled: { champion: estimates(), challenger: estimates(), differences: differences(changed), deLong: null },
  });
}
