import type { DecisionFlips, ScoreHistogram } from './comparison.js';

const HISTOGRAM_BINS = 20;

/** Counts scores in 20 bins of equal width over 0..1; a score of exactly 1 is in the last bin. */
export function countHistogram(scores: Float32Array): ScoreHistogram {
  const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
  let outside = 0;
  for (const score of scores) {
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor(score * HISTOGRAM_BINS));
    if (score < 0 || score > 1) outside += 1;
    else counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, outside };
}

/** Decisions that differ when each side decides at its own threshold; null when a side has none. */
export function countFlips(
  rows: { readonly labels: Uint8Array; readonly champion: Float32Array; readonly challenger: Float32Array },
  championThreshold: number | null,
  challengerThreshold: number | null,
): DecisionFlips | null {
  if (championThreshold === null || challengerThreshold === null) return null;
  // Indexed by [champion decides positive][challenger decides positive][label].
  const table = new Array<number>(8).fill(0);
  rows.labels.forEach((label, row) => {
    const before = (rows.champion[row] ?? 0) >= championThreshold ? 4 : 0;
    const after = (rows.challenger[row] ?? 0) >= challengerThreshold ? 2 : 0;
    const cell = before + after + label;
    table[cell] = (table[cell] ?? 0) + 1;
  });
  const sum = (...cells: readonly number[]) => cells.reduce((total, cell) => total + (table[cell] ?? 0), 0);
  return {
    rows: rows.labels.length,
    championPositives: sum(4, 5, 6, 7),
    challengerPositives: sum(2, 3, 6, 7),
    toPositive: sum(2, 3),
    toPositiveRight: sum(3),
    toNegative: sum(4, 5),
    toNegativeRight: sum(4),
  };
}

/** Whether both sides gave every row the same score; without rows nothing is the same. */
export function isIdentical(left: Float32Array, right: Float32Array): boolean {
  return left.length > 0 && left.every((score, row) => score === right[row]);
}
