/** Labels and days of the compared rows, by row number. */
export interface LabelledRows {
  /** 0 or 1. */
  readonly labels: Uint8Array;
  /** Day of the row, 0 .. blockCount - 1. */
  readonly blocks: Uint16Array;
  readonly blockCount: number;
}

/** Which group (fold, slice …) each row belongs to; a negative code is none. */
export interface Grouping {
  readonly codes: Int32Array;
  readonly count: number;
}

/** One side's scores, and row numbers by ascending score (`orderByScore`). */
export interface OrderedScores {
  readonly scores: Float32Array;
  readonly order: Uint32Array;
}

/** Bins of equal mass for calibration; 15 is the number of Guo et al. 2017. */
export const CALIBRATION_BINS = 15;

/** Log loss is infinite for a certain and wrong score; scores are held this far from 0 and 1, about one float32 step. */
export const LOG_LOSS_CLIP = 1e-7;

/** Rows of each class at [group * blocks + block]. */
export function countClasses(
  rows: LabelledRows,
  grouping: Grouping,
): { positives: Float64Array; negatives: Float64Array } {
  const positives = new Float64Array(grouping.count * rows.blockCount);
  const negatives = new Float64Array(grouping.count * rows.blockCount);
  for (let row = 0; row < rows.labels.length; row += 1) {
    const cell = cellOf(rows, grouping, row);
    if (cell >= 0) bump(rows.labels[row] === 1 ? positives : negatives, cell, 1);
  }
  return { positives, negatives };
}

/**
 * Twice the wins of block i's positives over block j's negatives, a tie counting as half a win, at
 * [(group * blocks + i) * blocks + j]. Whole numbers, so exact in any order. The AUC of any multiset of blocks is a
 * quadratic form of this matrix in the block counts, which is what makes an exact bootstrap cheap.
 */
export function countWins(rows: LabelledRows, side: OrderedScores, grouping: Grouping): Float64Array {
  const blocks = rows.blockCount;
  const wins = new Float64Array(grouping.count * blocks * blocks);
  // Each negative counts once when its score is reached and once more when it is passed: ties see it once, higher twice.
  const below = new Float64Array(grouping.count * blocks);
  const countNegatives = (run: Uint32Array) => {
    for (const row of run) {
      const cell = rows.labels[row] === 0 ? cellOf(rows, grouping, row) : -1;
      if (cell >= 0) bump(below, cell, 1);
    }
  };
  forEachTie(side, (run) => {
    countNegatives(run);
    for (const row of run) {
      const cell = rows.labels[row] === 1 ? cellOf(rows, grouping, row) : -1;
      if (cell >= 0) addVector(wins, cell * blocks, below, cell - (rows.blocks[row] ?? 0), blocks);
    }
    countNegatives(run);
  });
  return wins;
}

/** Log loss and squared error at [group * blocks + block]. */
export function sumLosses(
  rows: LabelledRows,
  side: OrderedScores,
  grouping: Grouping,
): { logLoss: Float64Array; brier: Float64Array } {
  const size = grouping.count * rows.blockCount;
  // Kept per class and added by ascending score: rows that tie then add equal terms, so row order leaves no trace.
  const logLoss = [new Float64Array(size), new Float64Array(size)] as const;
  const brier = [new Float64Array(size), new Float64Array(size)] as const;
  for (const row of side.order) {
    const cell = cellOf(rows, grouping, row);
    if (cell < 0) continue;
    const label = rows.labels[row] === 1 ? 1 : 0;
    const score = side.scores[row] ?? 0;
    const right = label === 1 ? score : 1 - score;
    bump(logLoss[label], cell, -Math.log(Math.min(Math.max(right, LOG_LOSS_CLIP), 1 - LOG_LOSS_CLIP)));
    bump(brier[label], cell, (1 - right) * (1 - right));
  }
  return { logLoss: addUp(logLoss), brier: addUp(brier) };
}

/** Rows, labels and scores of each calibration bin at [(group * CALIBRATION_BINS + bin) * blocks + block]. */
export interface CalibrationSums {
  readonly rows: Float64Array;
  readonly labels: Float64Array;
  readonly scores: Float64Array;
}

/** Bins hold equal shares of a group's rows by rank; rows that tie share their middle rank and so a bin. */
export function sumCalibration(
  rows: LabelledRows,
  side: OrderedScores,
  grouping: Grouping,
  groupRows: readonly number[],
): CalibrationSums {
  const blocks = rows.blockCount;
  const size = grouping.count * CALIBRATION_BINS * blocks;
  const sums = { rows: new Float64Array(size), labels: new Float64Array(size), scores: new Float64Array(size) };
  const seen = new Float64Array(grouping.count);
  const tied = new Float64Array(grouping.count);
  forEachTie(side, (run, score) => {
    for (const row of run) bumpGroup(tied, grouping, row, 1);
    for (const row of run) {
      const group = grouping.codes[row] ?? -1;
      if (group < 0) continue;
      const middleRank = ((seen[group] ?? 0) + (tied[group] ?? 0) / 2) / (groupRows[group] ?? 1);
      const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(middleRank * CALIBRATION_BINS));
      const cell = (group * CALIBRATION_BINS + bin) * blocks + (rows.blocks[row] ?? 0);
      bump(sums.rows, cell, 1);
      bump(sums.labels, cell, rows.labels[row] ?? 0);
      bump(sums.scores, cell, score);
    }
    for (const row of run) {
      bumpGroup(tied, grouping, row, -1);
      bumpGroup(seen, grouping, row, 1);
    }
  });
  return sums;
}

/** Visits runs of rows with one score, ascending. */
function forEachTie(side: OrderedScores, visit: (run: Uint32Array, score: number) => void): void {
  let start = 0;
  while (start < side.order.length) {
    const score = side.scores[side.order[start] ?? 0] ?? 0;
    let end = start + 1;
    while (end < side.order.length && side.scores[side.order[end] ?? 0] === score) end += 1;
    visit(side.order.subarray(start, end), score);
    start = end;
  }
}

/** Place of a row in arrays laid out [group][block]; -1 when the row is in no group. */
function cellOf(rows: LabelledRows, grouping: Grouping, row: number): number {
  const group = grouping.codes[row] ?? -1;
  return group < 0 ? -1 : group * rows.blockCount + (rows.blocks[row] ?? 0);
}

function bump(values: Float64Array, at: number, by: number): void {
  values[at] = (values[at] ?? 0) + by;
}

function bumpGroup(values: Float64Array, grouping: Grouping, row: number, by: number): void {
  const group = grouping.codes[row] ?? -1;
  if (group >= 0) bump(values, group, by);
}

function addVector(to: Float64Array, toStart: number, from: Float64Array, fromStart: number, length: number): void {
  for (let at = 0; at < length; at += 1) to[toStart + at] = (to[toStart + at] ?? 0) + (from[fromStart + at] ?? 0);
}

function addUp([zeros, ones]: readonly [Float64Array, Float64Array]): Float64Array {
  return zeros.map((value, at) => value + (ones[at] ?? 0));
}
