import type { DecisionValue } from '../pipeline-definition.js';
import { CALIBRATION_BINS, sumCalibration } from './calibration-pass.js';
import { sumDecisions, type DecisionSums } from './decision-sums.js';
import { RANK_BINS, sumRanks, type RankSums, type RankTable } from './rank-table.js';
import {
  countClasses,
  countWins,
  sumLosses,
  type Grouping,
  type LabelledRows,
  type OrderedScores,
} from './score-pass.js';

/** Numbers of one pass over all groups that are held at a time: 64 MiB, whatever the number of groups and blocks. */
const MAX_CELLS = 2 ** 23;

/** What every metric of one side needs, summed by block: no replicate of blocks has to see a row again. */
export interface SideSums {
  /** At [i * blocks + j], twice the wins of block i's positives over block j's negatives, a tie counting as half. */
  readonly wins: Float64Array;
  readonly logLoss: Float64Array;
  readonly brier: Float64Array;
  /** At [j * CALIBRATION_BINS + bin], labels minus scores. */
  readonly gaps: Float64Array;
  readonly bins: readonly CalibrationBin[];
  /** Null for a side without a threshold. */
  readonly decisions: DecisionSums | null;
  /** Null where nobody asked for the metrics that need it. */
  readonly ranks: RankTable | null;
  /** Scores below 0 or above 1: no probabilities, so only their order has a meaning. */
  readonly outside: number;
  /** All scores are one number, so nothing is ranked. */
  readonly isConstant: boolean;
}

export interface CalibrationBin {
  readonly rows: number;
  /** Weighted sums. */
  readonly weight: number;
  readonly labels: number;
  readonly scores: number;
}

/** Both sides of one group, over the blocks in which the group has rows. Sums are weighted, counts are of rows. */
export interface BinaryGroup {
  readonly kind: 'binary';
  readonly blocks: number;
  readonly rows: number;
  readonly positiveRows: number;
  /** Blocks that hold a positive, and a negative. */
  readonly positiveBlocks: number;
  readonly negativeBlocks: number;
  readonly positives: Float64Array;
  /** Both classes by block. */
  readonly sizes: Float64Array;
  readonly value: DecisionValue | null;
  readonly topShare: number;
  readonly champion: SideSums;
  readonly challenger: SideSums;
}

/** One side's scores with the threshold of its decisions; null or none where it has none. */
export interface DecidedScores extends OrderedScores {
  readonly threshold?: number | null;
}

interface SumArgs {
  readonly rows: LabelledRows;
  readonly champion: DecidedScores;
  readonly challenger: DecidedScores;
  readonly grouping: Grouping;
  /** What decisions bring; without it there is no value per decision. */
  readonly value?: DecisionValue | null;
  /** Share of the highest scores. Metrics that look at the list rank by rank are only resampled where it is given. */
  readonly topShare?: number;
}

/**
 * Sums of every group, in the order of their codes, in a few passes over the rows, each in ascending order of score. Many
 * groups are summed some at a time.
 */
export function* sumByBlocks(args: SumArgs): Generator<BinaryGroup> {
  const { blockCount } = args.rows;
  const cells = blockCount * (blockCount + (args.topShare === undefined ? 0 : 3 * RANK_BINS) + 4 * CALIBRATION_BINS);
  const atOnce = Math.max(1, Math.floor(MAX_CELLS / Math.max(1, cells)));
  const { codes, count } = args.grouping;
  if (count <= atOnce) return yield* sumGroups(args);
  for (let first = 0; first < count; first += atOnce) {
    const some = Math.min(atOnce, count - first);
    const shifted = codes.map((code) => (code >= first && code < first + some ? code - first : -1));
    yield* sumGroups({ ...args, grouping: { codes: shifted, count: some } });
  }
}

function sumGroups(args: SumArgs): readonly BinaryGroup[] {
  const { rows, grouping } = args;
  const counts = countClasses(rows, grouping);
  const sizes = counts.positives.map((weight, cell) => weight + at(counts.negatives, cell));
  const groups = Array.from({ length: grouping.count }, (_, group) =>
    presentBlocks(counts.rows, group, rows.blockCount),
  );
  const weights = groups.map(({ cells }) => total(pick(sizes, cells)));
  const champion = sumSide(args, args.champion, groups, weights);
  const challenger = sumSide(args, args.challenger, groups, weights);
  return groups.map(({ cells }, group) => ({
    kind: 'binary',
    blocks: cells.length,
    rows: total(pick(counts.rows, cells)),
    positiveRows: total(pick(counts.positiveRows, cells)),
    positiveBlocks: cells.filter((cell) => at(counts.positiveRows, cell) > 0).length,
    negativeBlocks: cells.filter((cell) => at(counts.rows, cell) > at(counts.positiveRows, cell)).length,
    positives: pick(counts.positives, cells),
    sizes: pick(sizes, cells),
    value: args.value ?? null,
    topShare: args.topShare ?? 1,
    champion: at(champion, group),
    challenger: at(challenger, group),
  }));
}

/** The blocks in which a group has rows: the others are not resampled for it. */
interface PresentBlocks {
  readonly blocks: readonly number[];
  /** Their places in arrays laid out [group][block]. */
  readonly cells: readonly number[];
}

function presentBlocks(rows: Float64Array, group: number, blockCount: number): PresentBlocks {
  const blocks = Array.from({ length: blockCount }, (_, block) => block).filter(
    (block) => (rows[group * blockCount + block] ?? 0) > 0,
  );
  return { blocks, cells: blocks.map((block) => group * blockCount + block) };
}

function sumSide(
  args: SumArgs,
  side: DecidedScores,
  groups: readonly PresentBlocks[],
  groupWeights: readonly number[],
): readonly SideSums[] {
  const { rows, grouping, topShare } = args;
  const wins = countWins(rows, side, grouping);
  const { logLoss, brier } = sumLosses(rows, side, grouping);
  const calibration = sumCalibration(rows, side, grouping, groupWeights);
  const threshold = side.threshold ?? null;
  const decisions = threshold === null ? null : sumDecisions(rows, side.scores, grouping, threshold);
  const ranks = topShare === undefined ? null : sumRanks(rows, side, grouping, groupWeights);
  const ranges = scoreRanges(side, grouping);
  return groups.map(({ blocks, cells }, group) => {
    const binCells = cellsOfBins(group, blocks, CALIBRATION_BINS, rows.blockCount);
    const { outside, lowest, highest } = at(ranges, group);
    return {
      wins: pick(
        wins,
        cells.flatMap((cell) => blocks.map((block) => cell * rows.blockCount + block)),
      ),
      logLoss: pick(logLoss, cells),
      brier: pick(brier, cells),
      gaps: Float64Array.from(
        blocks.flatMap((_, place) => binCells.map((bin) => at(bin, place))),
        (cell) => at(calibration.labels, cell) - at(calibration.scores, cell),
      ),
      bins: binCells.map((bin) => ({
        rows: total(pick(calibration.rows, bin)),
        weight: total(pick(calibration.weights, bin)),
        labels: total(pick(calibration.labels, bin)),
        scores: total(pick(calibration.scores, bin)),
      })),
      decisions: decisions === null ? null : pickDecisions(decisions, cells),
      ranks: ranks === null ? null : pickRanks(ranks, cellsOfBins(group, blocks, RANK_BINS, rows.blockCount)),
      outside,
      isConstant: lowest === highest,
    };
  });
}

/** The cells of each bin of a group, in arrays laid out [group][bin][block]. */
function cellsOfBins(group: number, blocks: readonly number[], bins: number, blockCount: number) {
  return Array.from({ length: bins }, (_, bin) => blocks.map((block) => (group * bins + bin) * blockCount + block));
}

function pickDecisions(sums: DecisionSums, cells: readonly number[]): DecisionSums {
  return {
    truePositives: pick(sums.truePositives, cells),
    falsePositives: pick(sums.falsePositives, cells),
    trueNegatives: pick(sums.trueNegatives, cells),
    falseNegatives: pick(sums.falseNegatives, cells),
  };
}

function pickRanks(sums: RankSums, binCells: readonly (readonly number[])[]): RankTable {
  const filled = binCells.filter((cells) => cells.some((cell) => at(sums.all, cell) > 0));
  const cells = filled.flat();
  return {
    bins: filled.length,
    blocks: binCells[0]?.length ?? 0,
    positives: pick(sums.positives, cells),
    all: pick(sums.all, cells),
    logits: Float64Array.from(filled, (bin) => total(pick(sums.logits, bin)) / total(pick(sums.all, bin))),
  };
}

interface ScoreRange {
  outside: number;
  lowest: number;
  highest: number;
}

function scoreRanges(side: OrderedScores, grouping: Grouping): readonly ScoreRange[] {
  const ranges = Array.from({ length: grouping.count }, () => ({ outside: 0, lowest: Infinity, highest: -Infinity }));
  side.scores.forEach((score, row) => {
    const range = ranges[grouping.codes[row] ?? -1];
    if (range === undefined) return;
    if (score < 0 || score > 1) range.outside += 1;
    range.lowest = Math.min(range.lowest, score);
    range.highest = Math.max(range.highest, score);
  });
  return ranges;
}

function pick(values: Float64Array, cells: readonly number[]): Float64Array {
  const picked = new Float64Array(cells.length);
  for (let place = 0; place < cells.length; place += 1) picked[place] = values[cells[place] ?? -1] ?? 0;
  return picked;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no group ${String(index)}`);
  return value;
}
