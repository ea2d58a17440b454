import {
  bump,
  forEachRank,
  LOG_LOSS_CLIP,
  weightOf,
  type Grouping,
  type LabelledRows,
  type OrderedScores,
} from './score-pass.js';
import type { Resamples } from './block-bootstrap.js';

/**
 * Bins by rank that stand for the rows when average precision, KS separation, the top of the list and recalibration are
 * resampled. The centre of an interval is the exact metric; only its spread comes from bins, where rows of one bin count as ties.
 */
export const RANK_BINS = 256;

/** Metrics of the order of a list that no sums by block give: they look at it rank by rank. */
export const rankMetrics = ['averagePrecision', 'ks', 'liftAtTop', 'recallAtTop'] as const;
export type RankMetric = (typeof rankMetrics)[number];

/** Weights at [bin * blocks + block], the highest scores first; bins without rows are left out. */
export interface RankTable {
  readonly bins: number;
  readonly blocks: number;
  readonly positives: Float64Array;
  readonly all: Float64Array;
  /** Mean log odds of the scores of each bin. */
  readonly logits: Float64Array;
}

/** The same of all groups, with the log odds summed. Laid out [group][bin][block]. */
export type RankSums = Pick<RankTable, 'positives' | 'all' | 'logits'>;

/**
 * The rows of each rank bin at [(group * RANK_BINS + bin) * blocks + block]. The bins are as wide as the root of the
 * rank makes them, narrow at the top: bin 0 is the top 1/65,536 of the rows, at a tenth they are 1/400 wide.
 */
export function sumRanks(
  rows: LabelledRows,
  side: OrderedScores,
  grouping: Grouping,
  groupWeights: readonly number[],
): RankSums {
  const size = grouping.count * RANK_BINS * rows.blockCount;
  const sums = { positives: new Float64Array(size), all: new Float64Array(size), logits: new Float64Array(size) };
  forEachRank(rows, side, grouping, groupWeights, (row, group, middleRank, score) => {
    const bin = Math.min(RANK_BINS - 1, Math.floor(RANK_BINS * Math.sqrt(Math.max(0, 1 - middleRank))));
    const cell = (group * RANK_BINS + bin) * rows.blockCount + (rows.blocks[row] ?? 0);
    const weight = weightOf(rows, row);
    bump(sums.all, cell, weight);
    bump(sums.logits, cell, weight * logOdds(score));
    if (rows.labels[row] === 1) bump(sums.positives, cell, weight);
  });
  return sums;
}

/** Finite for every score, as the log loss is. */
function logOdds(score: number): number {
  const held = Math.min(Math.max(score, LOG_LOSS_CLIP), 1 - LOG_LOSS_CLIP);
  return Math.log(held / (1 - held));
}

/** The rank metrics of one side in every replicate; NaN where one is undefined. */
export function replicateRanks(
  table: RankTable,
  resamples: Resamples,
  topShare: number,
): Readonly<Record<RankMetric, Float64Array>> {
  const make = () => new Float64Array(resamples.replicates);
  const values = { averagePrecision: make(), ks: make(), liftAtTop: make(), recallAtTop: make() };
  const curve = { positives: new Float64Array(table.bins), all: new Float64Array(table.bins) };
  for (let replicate = 0; replicate < resamples.replicates; replicate += 1) {
    drawCurve(table, resamples.weights, replicate * resamples.blocks, curve);
    const found = measureCurve(curve, topShare);
    for (const metric of rankMetrics) values[metric][replicate] = found[metric];
  }
  return values;
}

/** Cumulated weights of a multiset of blocks from the highest scores down. */
interface Curve {
  readonly positives: Float64Array;
  readonly all: Float64Array;
}

function drawCurve(table: RankTable, weights: Float64Array, offset: number, curve: Curve): void {
  let positives = 0;
  let all = 0;
  for (let bin = 0; bin < table.bins; bin += 1) {
    const start = bin * table.blocks;
    for (let block = 0; block < table.blocks; block += 1) {
      const weight = weights[offset + block] ?? 0;
      positives += weight * (table.positives[start + block] ?? 0);
      all += weight * (table.all[start + block] ?? 0);
    }
    curve.positives[bin] = positives;
    curve.all[bin] = all;
  }
}

/** Each metric of a cumulated list, as if the rows of one bin tied. */
function measureCurve({ positives, all }: Curve, topShare: number): Readonly<Record<RankMetric, number>> {
  const bins = all.length;
  const ones = positives[bins - 1] ?? 0;
  const rows = all[bins - 1] ?? 0;
  const zeros = rows - ones;
  if (ones <= 0) return { averagePrecision: NaN, ks: NaN, liftAtTop: NaN, recallAtTop: NaN };
  const top = topShare * rows;
  let averagePrecision = 0;
  let ks = 0;
  let found = 0;
  for (let bin = 0, before = 0, rowsBefore = 0; bin < bins; bin += 1) {
    const here = positives[bin] ?? 0;
    const rowsHere = all[bin] ?? 0;
    if (here > before) averagePrecision += ((here - before) / ones) * (here / rowsHere);
    ks = Math.max(ks, Math.abs(here / ones - (rowsHere - here) / zeros));
    // The top ends inside a bin: as many of its positives as of its rows are in.
    if (rowsBefore < top) {
      const share = rowsHere <= top ? 1 : (top - rowsBefore) / (rowsHere - rowsBefore);
      found += share * (here - before);
    }
    before = here;
    rowsBefore = rowsHere;
  }
  const recallAtTop = found / ones;
  return { averagePrecision, ks: zeros <= 0 ? NaN : ks, liftAtTop: recallAtTop / topShare, recallAtTop };
}
