import type { MetricValue } from '../gates/comparison.js';
import type { MetricName } from '../metrics.js';
import type { GroupSums, SideSums } from './block-sums.js';
import { CALIBRATION_BINS } from './score-pass.js';

/** What sums by block can give. */
export type SummedMetric = Extract<MetricName, 'auc' | 'logLoss' | 'brier' | 'ece'>;

/** A metric of a multiset of days: `weights[offset + j]` says how often day j is in it. NaN where it is undefined. */
export type BlockStatistic = (weights: Float64Array, offset: number) => number;

/** The metric of one side, for any multiset of the group's days. */
export function sideStatistic(metric: SummedMetric, group: GroupSums, side: SideSums): BlockStatistic {
  switch (metric) {
    case 'auc':
      return aucStatistic(side.wins, group);
    case 'logLoss':
      return meanStatistic(side.logLoss, group.sizes);
    case 'brier':
      return meanStatistic(side.brier, group.sizes);
    case 'ece':
      return eceStatistic(side.gaps, group.sizes);
  }
}

/** Challenger minus champion, for any multiset of the group's days. */
export function differenceStatistic(metric: SummedMetric, group: GroupSums): BlockStatistic {
  const { champion, challenger } = group;
  const minus = (left: Float64Array, right: Float64Array) => left.map((value, cell) => value - (right[cell] ?? 0));
  switch (metric) {
    case 'auc':
      // Both sides share the class counts, so the difference is one quadratic form.
      return aucStatistic(minus(challenger.wins, champion.wins), group);
    case 'logLoss':
      return meanStatistic(minus(challenger.logLoss, champion.logLoss), group.sizes);
    case 'brier':
      return meanStatistic(minus(challenger.brier, champion.brier), group.sizes);
    case 'ece': {
      const left = eceStatistic(challenger.gaps, group.sizes);
      const right = eceStatistic(champion.gaps, group.sizes);
      return (weights, offset) => left(weights, offset) - right(weights, offset);
    }
  }
}

/** A metric of one side over all its rows, or why there is none. */
export function computeMetric(metric: SummedMetric, group: GroupSums, side: SideSums): MetricValue {
  const reason = undefinedReason(metric, group, side);
  if (reason !== null) return { value: null, reason };
  return { value: sideStatistic(metric, group, side)(new Float64Array(group.blocks).fill(1), 0), reason: null };
}

function undefinedReason(metric: SummedMetric, group: GroupSums, side: SideSums): string | null {
  if (group.rows === 0) return 'there are no labelled rows';
  if (metric !== 'auc') {
    return side.outside === 0 ? null : `${String(side.outside)} scores are outside 0..1 and so no probabilities`;
  }
  if (group.positiveRows === 0) return `none of the ${String(group.rows)} labels is positive`;
  if (group.positiveRows === group.rows) return `all of the ${String(group.rows)} labels are positive`;
  return null;
}

function aucStatistic(wins: Float64Array, group: GroupSums): BlockStatistic {
  const { blocks, positives, sizes } = group;
  const form = upperForm(wins, blocks);
  return (weights, offset) => {
    let sum = 0;
    let ones = 0;
    let zeros = 0;
    for (let i = 0; i < blocks; i += 1) {
      const weight = weights[offset + i] ?? 0;
      if (weight === 0) continue;
      let inner = 0;
      for (let j = i; j < blocks; j += 1) inner += (form[i * blocks + j] ?? 0) * (weights[offset + j] ?? 0);
      sum += weight * inner;
      ones += weight * (positives[i] ?? 0);
      zeros += weight * ((sizes[i] ?? 0) - (positives[i] ?? 0));
    }
    return sum / (2 * ones * zeros);
  };
}

/** The same quadratic form with everything above the diagonal: half the work in each replicate. */
function upperForm(wins: Float64Array, blocks: number): Float64Array {
  const form = new Float64Array(blocks * blocks);
  for (let i = 0; i < blocks; i += 1) {
    form[i * blocks + i] = wins[i * blocks + i] ?? 0;
    for (let j = i + 1; j < blocks; j += 1) {
      form[i * blocks + j] = (wins[i * blocks + j] ?? 0) + (wins[j * blocks + i] ?? 0);
    }
  }
  return form;
}

function meanStatistic(sums: Float64Array, sizes: Float64Array): BlockStatistic {
  return (weights, offset) => {
    let sum = 0;
    let rows = 0;
    for (let block = 0; block < sums.length; block += 1) {
      const weight = weights[offset + block] ?? 0;
      sum += weight * (sums[block] ?? 0);
      rows += weight * (sizes[block] ?? 0);
    }
    return sum / rows;
  };
}

function eceStatistic(gaps: Float64Array, sizes: Float64Array): BlockStatistic {
  const blocks = sizes.length;
  return (weights, offset) => {
    let sum = 0;
    for (let bin = 0; bin < CALIBRATION_BINS; bin += 1) {
      let gap = 0;
      for (let block = 0; block < blocks; block += 1) {
        gap += (weights[offset + block] ?? 0) * (gaps[bin * blocks + block] ?? 0);
      }
      sum += Math.abs(gap);
    }
    let rows = 0;
    for (let block = 0; block < blocks; block += 1) rows += (weights[offset + block] ?? 0) * (sizes[block] ?? 0);
    return sum / rows;
  };
}
