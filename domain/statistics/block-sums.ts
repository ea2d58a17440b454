import {
  CALIBRATION_BINS,
  countClasses,
  countWins,
  sumCalibration,
  sumLosses,
  type Grouping,
  type LabelledRows,
  type OrderedScores,
} from './score-pass.js';

/** What every metric of one side needs, summed by day: no replicate of days has to see a row again. */
export interface SideSums {
  /** At [i * blocks + j], twice the wins of block i's positives over block j's negatives, a tie counting as half. */
  readonly wins: Float64Array;
  readonly logLoss: Float64Array;
  readonly brier: Float64Array;
  /** At [bin * blocks + j], labels minus scores. */
  readonly gaps: Float64Array;
  readonly bins: readonly { readonly rows: number; readonly labels: number; readonly scores: number }[];
  /** Scores below 0 or above 1: no probabilities, so only the AUC has a meaning. */
  readonly outside: number;
}

/** Both sides of one group, over the days on which the group has rows. */
export interface GroupSums {
  readonly blocks: number;
  readonly rows: number;
  readonly positiveRows: number;
  readonly positives: Float64Array;
  /** Rows of both classes by block. */
  readonly sizes: Float64Array;
  readonly champion: SideSums;
  readonly challenger: SideSums;
}

/** Sums of every group in a few passes over the rows, each in ascending order of score. */
export function sumByBlocks(args: {
  readonly rows: LabelledRows;
  readonly champion: OrderedScores;
  readonly challenger: OrderedScores;
  readonly grouping: Grouping;
}): readonly GroupSums[] {
  const { rows, grouping } = args;
  const { positives, negatives } = countClasses(rows, grouping);
  const sizes = positives.map((count, cell) => count + (negatives[cell] ?? 0));
  const groups = Array.from({ length: grouping.count }, (_, group) => presentBlocks(sizes, group, rows.blockCount));
  const groupRows = groups.map(({ cells }) => total(pick(sizes, cells)));
  const champion = sumSide(rows, args.champion, grouping, groups, groupRows);
  const challenger = sumSide(rows, args.challenger, grouping, groups, groupRows);
  return groups.map(({ cells }, group) => ({
    blocks: cells.length,
    rows: groupRows[group] ?? 0,
    positiveRows: total(pick(positives, cells)),
    positives: pick(positives, cells),
    sizes: pick(sizes, cells),
    champion: at(champion, group),
    challenger: at(challenger, group),
  }));
}

/** The days on which a group has rows: the others are not resampled for it. */
interface PresentBlocks {
  readonly blocks: readonly number[];
  /** Their places in arrays laid out [group][block]. */
  readonly cells: readonly number[];
}

function presentBlocks(sizes: Float64Array, group: number, blockCount: number): PresentBlocks {
  const blocks = Array.from({ length: blockCount }, (_, block) => block).filter(
    (block) => (sizes[group * blockCount + block] ?? 0) > 0,
  );
  return { blocks, cells: blocks.map((block) => group * blockCount + block) };
}

function sumSide(
  rows: LabelledRows,
  side: OrderedScores,
  grouping: Grouping,
  groups: readonly PresentBlocks[],
  groupRows: readonly number[],
): readonly SideSums[] {
  const wins = countWins(rows, side, grouping);
  const { logLoss, brier } = sumLosses(rows, side, grouping);
  const calibration = sumCalibration(rows, side, grouping, groupRows);
  const outside = countOutside(side, grouping);
  return groups.map(({ blocks, cells }, group) => {
    const binCells = Array.from({ length: CALIBRATION_BINS }, (_, bin) =>
      blocks.map((block) => (group * CALIBRATION_BINS + bin) * rows.blockCount + block),
    );
    return {
      wins: pick(
        wins,
        cells.flatMap((cell) => blocks.map((block) => cell * rows.blockCount + block)),
      ),
      logLoss: pick(logLoss, cells),
      brier: pick(brier, cells),
      gaps: Float64Array.from(binCells.flat(), (cell) => at(calibration.labels, cell) - at(calibration.scores, cell)),
      bins: binCells.map((bin) => ({
        rows: total(pick(calibration.rows, bin)),
        labels: total(pick(calibration.labels, bin)),
        scores: total(pick(calibration.scores, bin)),
      })),
      outside: outside[group] ?? 0,
    };
  });
}

function countOutside(side: OrderedScores, grouping: Grouping): readonly number[] {
  const counts = new Array<number>(grouping.count).fill(0);
  side.scores.forEach((score, row) => {
    const group = grouping.codes[row] ?? -1;
    if (group >= 0 && (score < 0 || score > 1)) counts[group] = (counts[group] ?? 0) + 1;
  });
  return counts;
}

function pick(values: Float64Array, cells: readonly number[]): Float64Array {
  return Float64Array.from(cells, (cell) => values[cell] ?? 0);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no group ${String(index)}`);
  return value;
}
