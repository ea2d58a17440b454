/** Labels, blocks and weights of the compared rows, by row number. */
export interface LabelledRows {
  /** 0 or 1. */
  readonly labels: Uint8Array;
  /** Day of the row, or group of entities, 0 .. blockCount - 1. */
  readonly blocks: Uint16Array;
  readonly blockCount: number;
  /** How much each row counts, at least 0; without it every row counts once. */
  readonly weights?: Float64Array;
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

/** What a group has at [group * blocks + block]: weights of each class, and how many rows they are of. */
export interface ClassCounts {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  readonly positiveRows: Float64Array;
  readonly rows: Float64Array;
}

/** Log loss is infinite for a certain and wrong score; scores are held this far from 0 and 1, about one float32 step. */
export const LOG_LOSS_CLIP = 1e-7;

export function countClasses(rows: LabelledRows, grouping: Grouping): ClassCounts {
  const size = grouping.count * rows.blockCount;
  const counts = {
    positives: new Float64Array(size),
    negatives: new Float64Array(size),
    positiveRows: new Float64Array(size),
    rows: new Float64Array(size),
  };
  for (let row = 0; row < rows.labels.length; row += 1) {
    const cell = cellOf(rows, grouping, row);
    if (cell < 0) continue;
    const isPositive = rows.labels[row] === 1;
    bump(isPositive ? counts.positives : counts.negatives, cell, weightOf(rows, row));
    if (isPositive) bump(counts.positiveRows, cell, 1);
    bump(counts.rows, cell, 1);
  }
  return counts;
}

/**
 * Twice the wins of block i's positives over block j's negatives, a tie counting as half a win, at
 * [(group * blocks + i) * blocks + j]. Without weights these are whole numbers, so exact in any order. The AUC of any
 * multiset of blocks is a quadratic form of this matrix in the block counts, which is what makes an exact bootstrap cheap.
 */
export function countWins(rows: LabelledRows, side: OrderedScores, grouping: Grouping): Float64Array {
  const blocks = rows.blockCount;
  const wins = new Float64Array(grouping.count * blocks * blocks);
  // Each negative counts once when its score is reached and once more when it is passed: ties see it once, higher twice.
  const below = new Float64Array(grouping.count * blocks);
  const countNegatives = (start: number, end: number) => {
    for (let place = start; place < end; place += 1) {
      const row = side.order[place] ?? 0;
      const cell = rows.labels[row] === 0 ? cellOf(rows, grouping, row) : -1;
      if (cell >= 0) bump(below, cell, weightOf(rows, row));
    }
  };
  forEachTie(side, (start, end) => {
    countNegatives(start, end);
    for (let place = start; place < end; place += 1) {
      const row = side.order[place] ?? 0;
      const cell = rows.labels[row] === 1 ? cellOf(rows, grouping, row) : -1;
      if (cell < 0) continue;
      addVector(wins, cell * blocks, below, cell - (rows.blocks[row] ?? 0), blocks, weightOf(rows, row));
    }
    countNegatives(start, end);
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
  for (let place = 0; place < side.order.length; place += 1) {
    const row = side.order[place] ?? 0;
    const cell = cellOf(rows, grouping, row);
    if (cell < 0) continue;
    const label = rows.labels[row] === 1 ? 1 : 0;
    const score = side.scores[row] ?? 0;
    const right = label === 1 ? score : 1 - score;
    const weight = weightOf(rows, row);
    bump(logLoss[label], cell, -weight * Math.log(Math.min(Math.max(right, LOG_LOSS_CLIP), 1 - LOG_LOSS_CLIP)));
    bump(brier[label], cell, weight * (1 - right) * (1 - right));
  }
  return { logLoss: addUp(logLoss), brier: addUp(brier) };
}

/** Visits runs of rows with one score, ascending: they stand in `side.order` from `start` (included) to `end`. */
export function forEachTie(side: OrderedScores, visit: (start: number, end: number, score: number) => void): void {
  let start = 0;
  while (start < side.order.length) {
    const score = side.scores[side.order[start] ?? 0] ?? 0;
    let end = start + 1;
    while (end < side.order.length && side.scores[side.order[end] ?? 0] === score) end += 1;
    visit(start, end, score);
    start = end;
  }
}

/**
 * Visits every row of a group with the middle of its rank among the group's rows, 0..1 from the lowest score. Rows that
 * tie have one rank, so what is made of it does not depend on their order.
 */
export function forEachRank(
  rows: Pick<LabelledRows, 'weights'>,
  side: OrderedScores,
  grouping: Grouping,
  groupWeights: readonly number[],
  visit: (row: number, group: number, middleRank: number, score: number) => void,
): void {
  const seen = new Float64Array(grouping.count);
  const tied = new Float64Array(grouping.count);
  forEachTie(side, (start, end, score) => {
    for (let place = start; place < end; place += 1) {
      const row = side.order[place] ?? 0;
      bumpGroup(tied, grouping, row, weightOf(rows, row));
    }
    for (let place = start; place < end; place += 1) {
      const row = side.order[place] ?? 0;
      const group = grouping.codes[row] ?? -1;
      if (group < 0) continue;
      visit(row, group, ((seen[group] ?? 0) + (tied[group] ?? 0) / 2) / (groupWeights[group] ?? 1), score);
    }
    for (let place = start; place < end; place += 1) {
      const group = grouping.codes[side.order[place] ?? 0] ?? -1;
      if (group < 0) continue;
      bump(seen, group, tied[group] ?? 0);
      tied[group] = 0;
    }
  });
}

/** Place of a row in arrays laid out [group][block]; -1 when the row is in no group. */
export function cellOf(
  rows: { readonly blocks: Uint16Array; readonly blockCount: number },
  grouping: Grouping,
  row: number,
): number {
  const group = grouping.codes[row] ?? -1;
  return group < 0 ? -1 : group * rows.blockCount + (rows.blocks[row] ?? 0);
}

export function weightOf(rows: { readonly weights?: Float64Array }, row: number): number {
  return rows.weights === undefined ? 1 : (rows.weights[row] ?? 1);
}

export function bump(values: Float64Array, at: number, by: number): void {
  values[at] = (values[at] ?? 0) + by;
}

function bumpGroup(values: Float64Array, grouping: Grouping, row: number, by: number): void {
  const group = grouping.codes[row] ?? -1;
  if (group >= 0) bump(values, group, by);
}

function addVector(
  to: Float64Array,
  toStart: number,
  from: Float64Array,
  fromStart: number,
  length: number,
  weight: number,
): void {
  for (let at = 0; at < length; at += 1) {
    to[toStart + at] = (to[toStart + at] ?? 0) + weight * (from[fromStart + at] ?? 0);
  }
}

function addUp([zeros, ones]: readonly [Float64Array, Float64Array]): Float64Array {
  return zeros.map((value, at) => value + (ones[at] ?? 0));
}
