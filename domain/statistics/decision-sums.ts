import type { DecisionValue } from '../pipeline-definition.js';
import type { BlockStatistic } from './block-bootstrap.js';
import { bump, cellOf, weightOf, type Grouping, type LabelledRows } from './score-pass.js';

/** Metrics of decisions: they need a threshold, and `value` also needs what decisions bring. */
export const decisionMetrics = ['precision', 'recall', 'f1', 'mcc', 'value'] as const;
export type DecisionMetric = (typeof decisionMetrics)[number];

/** Weights of right and wrong decisions by block. */
export interface DecisionSums {
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
  readonly trueNegatives: Float64Array;
  readonly falseNegatives: Float64Array;
}

/** A score at or above the threshold is a positive decision. Laid out [group * blocks + block]. */
export function sumDecisions(
  rows: LabelledRows,
  scores: Float32Array,
  grouping: Grouping,
  threshold: number,
): DecisionSums {
  const make = () => new Float64Array(grouping.count * rows.blockCount);
  const sums = { truePositives: make(), falsePositives: make(), trueNegatives: make(), falseNegatives: make() };
  for (let row = 0; row < scores.length; row += 1) {
    const cell = cellOf(rows, grouping, row);
    if (cell < 0) continue;
    const isPositive = rows.labels[row] === 1;
    const decided = (scores[row] ?? 0) >= threshold;
    const right = isPositive ? sums.truePositives : sums.trueNegatives;
    const wrong = isPositive ? sums.falseNegatives : sums.falsePositives;
    bump(decided === isPositive ? right : wrong, cell, weightOf(rows, row));
  }
  return sums;
}

/** A metric of the decisions of any multiset of blocks. */
export function decisionStatistic(
  metric: DecisionMetric,
  sums: DecisionSums,
  value: DecisionValue | null,
): BlockStatistic {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = sums;
  return (weights, offset) => {
    let tp = 0;
    let fp = 0;
    let tn = 0;
    let fn = 0;
    for (let block = 0; block < truePositives.length; block += 1) {
      const weight = weights[offset + block] ?? 0;
      tp += weight * (truePositives[block] ?? 0);
      fp += weight * (falsePositives[block] ?? 0);
      tn += weight * (trueNegatives[block] ?? 0);
      fn += weight * (falseNegatives[block] ?? 0);
    }
    return measureDecisions(metric, { tp, fp, tn, fn }, value);
  };
}

/** NaN where a denominator is zero. */
function measureDecisions(
  metric: DecisionMetric,
  { tp, fp, tn, fn }: { readonly tp: number; readonly fp: number; readonly tn: number; readonly fn: number },
  value: DecisionValue | null,
): number {
  switch (metric) {
    case 'precision':
      return tp / (tp + fp);
    case 'recall':
      return tp / (tp + fn);
    case 'f1':
      return (2 * tp) / (2 * tp + fp + fn);
    case 'mcc':
      return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    case 'value': {
      if (value === null) return NaN;
      const brought =
        tp * value.truePositive + fp * value.falsePositive + tn * value.trueNegative + fn * value.falseNegative;
      return brought / (tp + fp + tn + fn);
    }
  }
}
