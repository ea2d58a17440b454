import type { Metrics, MetricValue } from '../gates/comparison.js';
import type { BinaryMetric, MetricName, RegressionMetric } from '../metrics.js';
import { replicateStatistic, type BlockStatistic, type Resamples } from './block-bootstrap.js';
import type { BinaryGroup, SideSums } from './block-sums.js';
import { CALIBRATION_BINS } from './calibration-pass.js';
import { recalibrationMetrics, replicateCalibration } from './calibration-replicates.js';
import { decisionMetrics, decisionStatistic } from './decision-sums.js';
import { errorStatistic, type RegressionGroup } from './error-sums.js';
import { rankMetrics, replicateRanks } from './rank-table.js';

/** One group of compared rows, summed by block. */
export type GroupSums = BinaryGroup | RegressionGroup;
export type SideName = 'champion' | 'challenger';

type Statistics = Readonly<Partial<Record<MetricName, BlockStatistic>>>;

/** What the sums of one side give exactly, for any multiset of the group's blocks. */
export function blockStatistics(group: GroupSums, side: SideName): Statistics {
  return group.kind === 'binary' ? binaryStatistics(group, group[side]) : errorStatistics(group, side);
}

/**
 * The metrics of one side in every replicate, of those asked for the ones that the group was summed for; NaN where one is
 * undefined.
 */
export function replicateMetrics(
  group: GroupSums,
  side: SideName,
  resamples: Resamples,
  wanted: readonly MetricName[],
): Readonly<Partial<Record<MetricName, Float64Array>>> {
  const exact = Object.entries(blockStatistics(group, side))
    .filter(([metric]) => wanted.includes(metric as MetricName))
    .map(([metric, statistic]) => [metric, replicateStatistic(statistic, resamples)] as const);
  return { ...Object.fromEntries(exact), ...replicateTable(group, side, resamples, wanted) };
}

/** What only the rank bins give. */
function replicateTable(group: GroupSums, side: SideName, resamples: Resamples, wanted: readonly MetricName[]) {
  const table = group.kind === 'binary' ? group[side].ranks : null;
  if (table === null || group.kind !== 'binary') return {};
  const wants = (metrics: readonly MetricName[]) => metrics.some((metric) => wanted.includes(metric));
  return {
    ...(wants(rankMetrics) ? replicateRanks(table, resamples, group.topShare) : {}),
    ...(wants(recalibrationMetrics) ? replicateCalibration(table, resamples) : {}),
  };
}

/** What the sums of one side give exactly over all its rows, each with a reason where it is undefined. */
export function computeMetrics(group: GroupSums, side: SideName): Metrics {
  const all = new Float64Array(group.blocks).fill(1);
  const values = Object.entries(blockStatistics(group, side)).map(([name, statistic]): [string, MetricValue] => {
    const reason = undefinedReason(name as MetricName, group, side);
    if (reason !== null) return [name, { value: null, reason }];
    const value = statistic(all, 0);
    return [name, Number.isFinite(value) ? { value, reason: null } : { value: null, reason: emptyReason(name) }];
  });
  return Object.fromEntries(values);
}

function undefinedReason(metric: MetricName, group: GroupSums, side: SideName): string | null {
  if (group.rows === 0) return 'there are no labelled rows';
  if (group.kind === 'regression') return null;
  const { outside } = group[side];
  if (probabilityMetrics.has(metric) && outside > 0) {
    return `${String(outside)} scores are outside 0..1 and so no probabilities`;
  }
  if (metric !== 'auc') return null;
  if (group.positiveRows === 0) return `none of the ${String(group.rows)} labels is positive`;
  if (group.positiveRows === group.rows) return `all of the ${String(group.rows)} labels are positive`;
  return null;
}

const probabilityMetrics: ReadonlySet<MetricName> = new Set(['logLoss', 'brier', 'ece']);

/** Why a metric of rows is a division by zero. */
function emptyReason(metric: string): string {
  switch (metric) {
    case 'precision':
      return 'no decision is positive';
    case 'recall':
      return 'no label is positive';
    case 'f1':
      return 'no label and no decision is positive';
    case 'mcc':
      return 'labels or decisions are of one class only';
    case 'r2':
      return 'all labels are equal';
    case 'wape':
      return 'all labels are zero';
    default:
      return 'it is undefined for these rows';
  }
}

function binaryStatistics(group: BinaryGroup, side: SideSums): Statistics {
  const { decisions } = side;
  const decided =
    decisions === null ? [] : decisionMetrics.filter((metric) => metric !== 'value' || group.value !== null);
  return {
    auc: aucStatistic(side.wins, group),
    logLoss: meanStatistic(side.logLoss, group.sizes),
    brier: meanStatistic(side.brier, group.sizes),
    ece: eceStatistic(side.gaps, group.sizes),
    ...(decisions === null
      ? {}
      : Object.fromEntries(decided.map((metric) => [metric, decisionStatistic(metric, decisions, group.value)]))),
  } satisfies Partial<Record<BinaryMetric, BlockStatistic>>;
}

function errorStatistics(group: RegressionGroup, side: SideName): Statistics {
  const of = (metric: RegressionMetric) => errorStatistic(metric, group, group[side]);
  return { mae: of('mae'), rmse: of('rmse'), r2: of('r2'), bias: of('bias'), wape: of('wape') };
}

function aucStatistic(wins: Float64Array, group: BinaryGroup): BlockStatistic {
  const { blocks, positives, sizes } = group;
  const form = upperForm(wins, blocks);
  // A draw of blocks leaves out more than a third of them, and so six tenths of the pairs.
  const drawn = new Uint16Array(blocks);
  const counts = new Float64Array(blocks);
  return (weights, offset) => {
    let different = 0;
    let ones = 0;
    let zeros = 0;
    for (let block = 0; block < blocks; block += 1) {
      const weight = weights[offset + block] ?? 0;
      if (weight === 0) continue;
      drawn[different] = block;
      counts[different] = weight;
      different += 1;
      ones += weight * (positives[block] ?? 0);
      zeros += weight * ((sizes[block] ?? 0) - (positives[block] ?? 0));
    }
    let sum = 0;
    for (let i = 0; i < different; i += 1) {
      const start = (drawn[i] ?? 0) * blocks;
      let inner = 0;
      for (let j = i; j < different; j += 1) inner += (form[start + (drawn[j] ?? 0)] ?? 0) * (counts[j] ?? 0);
      sum += (counts[i] ?? 0) * inner;
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
  const drawn = new Float64Array(CALIBRATION_BINS);
  return (weights, offset) => {
    drawn.fill(0);
    let rows = 0;
    for (let block = 0; block < blocks; block += 1) {
      const weight = weights[offset + block] ?? 0;
      if (weight === 0) continue;
      rows += weight * (sizes[block] ?? 0);
      const start = block * CALIBRATION_BINS;
      for (let bin = 0; bin < CALIBRATION_BINS; bin += 1) {
        drawn[bin] = (drawn[bin] ?? 0) + weight * (gaps[start + bin] ?? 0);
      }
    }
    let sum = 0;
    for (let bin = 0; bin < CALIBRATION_BINS; bin += 1) sum += Math.abs(drawn[bin] ?? 0);
    return sum / rows;
  };
}
