import {
  estimateUncertainty,
  MIN_BLOCKS,
  minimumDetectable,
  resampleBlocks,
  type Resamples,
} from '../statistics/block-bootstrap.js';
import { computeMetric, differenceStatistic, sideStatistic, type SummedMetric } from '../statistics/block-metrics.js';
import type { GroupSums, SideSums } from '../statistics/block-sums.js';
import {
  type Difference,
  type Differences,
  type MetricEstimate,
  type MetricEstimates,
  type Metrics,
  type ReliabilityBin,
} from './comparison.js';

/** What sums by block can give: the metrics that have intervals. */
export const summedMetrics = ['auc', 'logLoss', 'brier', 'ece'] as const satisfies readonly SummedMetric[];

/** How intervals are made. */
export interface BootstrapPlan {
  readonly replicates: number;
  readonly confidence: number;
  readonly seed: number;
}

/** Metrics of both sides and their differences over one group of rows. */
export interface GroupComparison {
  readonly champion: Metrics;
  readonly challenger: Metrics;
  readonly differences: Differences;
}

export function compareGroup(group: GroupSums, plan: BootstrapPlan): GroupComparison {
  const resamples = resamplesOf(group, plan);
  return {
    champion: computeMetrics(group, group.champion),
    challenger: computeMetrics(group, group.challenger),
    differences: mapMetrics((metric) => computeDifference(metric, group, resamples, plan)),
  };
}

/** The metrics of one side, each with its interval. */
export function estimateSide(group: GroupSums, side: SideSums, plan: BootstrapPlan): MetricEstimates {
  const resamples = resamplesOf(group, plan);
  return mapMetrics((metric): MetricEstimate => {
    const { value, reason } = computeMetric(metric, group, side);
    if (value === null) return { value, lower: null, upper: null, se: null, blocks: group.blocks, reason };
    return {
      value,
      ...estimateUncertainty(value, sideStatistic(metric, group, side), resamples, plan.confidence),
    };
  });
}

/** The calibration bins of one side, from low scores to high; bins that ties left empty are absent. */
export function reliabilityOf(side: SideSums): readonly ReliabilityBin[] {
  return side.bins
    .filter((bin) => bin.rows > 0)
    .map(({ rows, labels, scores }) => ({ rows, meanScore: scores / rows, positiveShare: labels / rows }));
}

function computeDifference(
  metric: SummedMetric,
  group: GroupSums,
  resamples: Resamples,
  plan: BootstrapPlan,
): Difference {
  const champion = computeMetric(metric, group, group.champion);
  const challenger = computeMetric(metric, group, group.challenger);
  if (champion.value === null || challenger.value === null) {
    const reason = challenger.reason ?? champion.reason;
    const blocks = group.blocks;
    return { estimate: null, lower: null, upper: null, se: null, minimumDetectable: null, blocks, reason };
  }
  const estimate = challenger.value - champion.value;
  const spread = estimateUncertainty(estimate, differenceStatistic(metric, group), resamples, plan.confidence);
  const detectable = spread.se === null ? null : minimumDetectable(spread.se, group.blocks, plan.confidence);
  return { estimate, ...spread, minimumDetectable: detectable };
}

/** Days are only drawn where an interval will be made of them. */
function resamplesOf(group: GroupSums, plan: BootstrapPlan): Resamples {
  const replicates = group.blocks < MIN_BLOCKS ? 0 : plan.replicates;
  return resampleBlocks({ blocks: group.blocks, replicates, seed: plan.seed });
}

function computeMetrics(group: GroupSums, side: SideSums): Metrics {
  return mapMetrics((metric) => computeMetric(metric, group, side));
}

function mapMetrics<T>(compute: (metric: SummedMetric) => T): Record<SummedMetric, T> {
  return Object.fromEntries(summedMetrics.map((metric) => [metric, compute(metric)])) as Record<SummedMetric, T>;
}
