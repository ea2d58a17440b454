import { metricTraits, type MetricName } from '../metrics.js';
import {
  blockWord,
  estimateUncertainty,
  MIN_BLOCKS,
  minimumDetectable,
  noInterval,
  resampleBlocks,
  type BlockKind,
  type Resamples,
  type SampleFacts,
} from '../statistics/block-bootstrap.js';
import { computeMetrics, replicateMetrics, type GroupSums, type SideName } from '../statistics/block-metrics.js';
import type { SideSums } from '../statistics/block-sums.js';
import type {
  Difference,
  Differences,
  MetricEstimate,
  MetricEstimates,
  Metrics,
  MetricValue,
  ReliabilityBin,
  Uncertainty,
} from './comparison.js';

/** How intervals are made. */
export interface BootstrapPlan {
  readonly blocks: BlockKind;
  readonly replicates: number;
  /** Of the policy; intervals are made at the level that `reuse` leaves of it. */
  readonly confidence: number;
  /** Challengers judged on overlapping rows, this one included. */
  readonly reuse: number;
  readonly seed: number;
}

/** Metrics of both sides over one group of rows, as measured row by row. */
export interface SidePoints {
  readonly champion: Metrics;
  readonly challenger: Metrics;
}

/** Metrics of both sides and their differences over one group of rows. */
export interface GroupComparison extends SidePoints {
  readonly differences: Differences;
}

/** The same with an interval for each side. */
export interface GroupEstimates {
  readonly champion: MetricEstimates;
  readonly challenger: MetricEstimates;
  readonly differences: Differences;
}

/**
 * The level of two-sided intervals for the k-th challenger on overlapping rows: what is left over of the confidence is
 * divided by k. A bound on all of them together would need a smaller share: k challengers in turn are wrong with at most
 * 1 + 1/2 + … + 1/k times the chance of one.
 */
export function levelOf({ confidence, reuse }: Pick<BootstrapPlan, 'confidence' | 'reuse'>): number {
  if (!Number.isInteger(reuse) || reuse < 1) throw new RangeError(`${String(reuse)} is no number of challengers`);
  return 1 - (1 - confidence) / reuse;
}

/** Points are what the sums give exactly, unless they were measured elsewhere and more of them are known. */
export function compareGroup(group: GroupSums, plan: BootstrapPlan, measured?: SidePoints): GroupComparison {
  const points = measured ?? exactPoints(group);
  return { ...points, differences: differencesOf(group, points, replicateSides(group, points, plan), plan) };
}

/** The metrics of both sides and of their difference, each with its interval. */
export function estimateGroup(group: GroupSums, plan: BootstrapPlan, measured?: SidePoints): GroupEstimates {
  const points = measured ?? exactPoints(group);
  const replicates = replicateSides(group, points, plan);
  return {
    champion: estimateSide(group, 'champion', points, replicates, plan),
    challenger: estimateSide(group, 'challenger', points, replicates, plan),
    differences: differencesOf(group, points, replicates, plan),
  };
}

/** The calibration bins of one side, from low scores to high; bins that ties left empty are absent. */
export function reliabilityOf(side: SideSums): readonly ReliabilityBin[] {
  return side.bins
    .filter((bin) => bin.rows > 0)
    .map(({ rows, weight, labels, scores }) => ({
      rows,
      meanScore: scores / weight,
      positiveShare: labels / weight,
    }));
}

type Replicates = Readonly<Record<SideName, ReturnType<typeof replicateMetrics>>>;

function exactPoints(group: GroupSums): SidePoints {
  return { champion: computeMetrics(group, 'champion'), challenger: computeMetrics(group, 'challenger') };
}

/** Blocks are only drawn where an interval will be made of them. Both sides see the same draws: that is the pairing. */
function replicateSides(group: GroupSums, points: SidePoints, plan: BootstrapPlan): Replicates {
  const replicates = group.blocks < MIN_BLOCKS ? 0 : plan.replicates;
  const resamples: Resamples = resampleBlocks({ blocks: group.blocks, replicates, seed: plan.seed });
  return {
    champion: replicateMetrics(group, 'champion', resamples, measuredIn(points.champion)),
    challenger: replicateMetrics(group, 'challenger', resamples, measuredIn(points.challenger)),
  };
}

/** Only a metric with a number can have an interval. */
function measuredIn(metrics: Metrics): readonly MetricName[] {
  const entries = Object.entries(metrics) as [MetricName, MetricValue][];
  return entries.flatMap(([metric, { value }]) => (value === null ? [] : [metric]));
}

function estimateSide(
  group: GroupSums,
  side: SideName,
  points: SidePoints,
  replicates: Replicates,
  plan: BootstrapPlan,
): MetricEstimates {
  return mapPoints(points[side], (metric, { value, reason }): MetricEstimate => {
    if (value === null) return { value, ...noInterval(group.blocks, reason) };
    const withheld = withheldReason(metric, group, [side], plan.blocks);
    return { value, ...spreadOf(metric, value, replicates[side][metric], group, plan, withheld) };
  });
}

/** Metrics with a target have no better side, and no difference. */
function differencesOf(group: GroupSums, points: SidePoints, replicates: Replicates, plan: BootstrapPlan): Differences {
  const directed = Object.entries(points.challenger).filter(
    ([metric]) => typeof metricTraits[metric as MetricName].better === 'string',
  );
  return mapPoints(Object.fromEntries(directed), (metric, challenger): Difference => {
    const champion = points.champion[metric] ?? { value: null, reason: 'it was not measured for the champion' };
    if (champion.value === null || challenger.value === null) {
      const reason = challenger.reason ?? champion.reason ?? 'it was not measured';
      return { estimate: null, ...noInterval(group.blocks, reason), minimumDetectable: null };
    }
    const estimate = challenger.value - champion.value;
    const paired = subtract(replicates.challenger[metric], replicates.champion[metric]);
    const withheld = withheldReason(metric, group, ['champion', 'challenger'], plan.blocks);
    const spread = spreadOf(metric, estimate, paired, group, plan, withheld);
    const detectable = spread.se === null ? null : minimumDetectable(spread.se, group.blocks, levelOf(plan));
    return { estimate, ...spread, minimumDetectable: detectable };
  });
}

function spreadOf(
  metric: MetricName,
  estimate: number,
  replicates: Float64Array | undefined,
  group: GroupSums,
  plan: BootstrapPlan,
  withheld: string | null,
): Uncertainty {
  const rows = rowsBehind(metric, group);
  const facts: SampleFacts = { blocks: group.blocks, kind: plan.blocks, rows, level: levelOf(plan) };
  if (withheld !== null && group.blocks >= MIN_BLOCKS) return noInterval(group.blocks, withheld);
  if (replicates === undefined) return noInterval(group.blocks, NOT_RESAMPLED);
  return estimateUncertainty(estimate, replicates, facts);
}

/** Metrics that rest on the rows whose label is positive, however many others there are. */
const metricsOfPositives: ReadonlySet<MetricName> = new Set(['precision', 'recall', 'f1', 'mcc']);

function rowsBehind(metric: MetricName, group: GroupSums): number {
  return group.kind === 'binary' && metricsOfPositives.has(metric) ? group.positiveRows : group.rows;
}

/** Why a metric has no interval where only gates that ask for it get one. */
export const NOT_RESAMPLED = 'its interval is only made where a gate asks for it';

/** Metrics of a list's order, and whether each needs both classes to say how much it varies. */
const rankingMetrics: ReadonlySet<MetricName> = new Set(['auc', 'averagePrecision', 'ks', 'liftAtTop', 'recallAtTop']);

/** Why replicates of a ranking would look surer than anybody can be; null when they can be trusted. */
function withheldReason(
  metric: MetricName,
  group: GroupSums,
  sides: readonly SideName[],
  kind: BlockKind,
): string | null {
  if (group.kind === 'regression') return null;
  if (metricsOfPositives.has(metric) && group.positiveBlocks < MIN_BLOCKS) {
    return `an interval needs positive labels on at least ${String(MIN_BLOCKS)} ${blockWord(kind)}, there are ${String(group.positiveBlocks)}`;
  }
  if (!rankingMetrics.has(metric)) return null;
  if (sides.every((side) => group[side].isConstant)) return 'all scores are equal, so nothing is ranked';
  const fewest = Math.min(group.positiveBlocks, group.negativeBlocks);
  if (fewest >= MIN_BLOCKS) return null;
  const scarce = group.positiveBlocks === fewest ? 'positive' : 'negative';
  return `an interval needs ${scarce} labels on at least ${String(MIN_BLOCKS)} ${blockWord(kind)}, there are ${String(fewest)}`;
}

function subtract(left: Float64Array | undefined, right: Float64Array | undefined): Float64Array | undefined {
  if (left === undefined || right === undefined) return undefined;
  return left.map((value, replicate) => value - (right[replicate] ?? NaN));
}

function mapPoints<T>(
  points: Metrics,
  compute: (metric: MetricName, point: MetricValue) => T,
): Readonly<Partial<Record<MetricName, T>>> {
  const entries = Object.entries(points) as [MetricName, MetricValue][];
  return Object.fromEntries(entries.map(([metric, point]) => [metric, compute(metric, point)]));
}
