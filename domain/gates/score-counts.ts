import type { LabelKind } from '../metrics.js';
import type { DecisionFlips, ScoreHistogram } from './comparison.js';

const HISTOGRAM_BINS = 20;

/** Counts scores in 20 bins of equal width over 0..1, or over a range; a score at its end is in the last bin. */
export function countHistogram(scores: Float32Array, range?: ScoreHistogram['range']): ScoreHistogram {
  const { least, most } = range ?? { least: 0, most: 1 };
  const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
  let outside = 0;
  for (const score of scores) {
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor(((score - least) / (most - least)) * HISTOGRAM_BINS));
    if (score < least || score > most) outside += 1;
    else counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, outside, ...(range === undefined ? {} : { range }) };
}

/** From the lowest to the highest score of both sides, and never empty: a histogram of predicted numbers needs a width. */
export function rangeOf(left: Float32Array, right: Float32Array): ScoreHistogram['range'] {
  let [least, most] = [Infinity, -Infinity];
  for (const scores of [left, right]) {
    for (const score of scores) {
      least = Math.min(least, score);
      most = Math.max(most, score);
    }
  }
  if (least > most) return { least: 0, most: 1 };
  return { least, most: most > least ? most : least + Math.max(1, Math.abs(least)) };
}

/**
 * Decisions that differ when each side decides at its own threshold; null when a side has none. A number is no class, so
 * no decision on it is right or wrong.
 */
export function countFlips(
  rows: { readonly labels: Uint8Array; readonly champion: Float32Array; readonly challenger: Float32Array },
  thresholds: { readonly champion: number | null; readonly challenger: number | null },
  labelKind: LabelKind,
): DecisionFlips | null {
  const { champion: championThreshold, challenger: challengerThreshold } = thresholds;
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
    toPositiveRight: labelKind === 'binary' ? sum(3) : null,
    toNegative: sum(4, 5),
    toNegativeRight: labelKind === 'binary' ? sum(4) : null,
  };
}

/** Whether both sides gave every row the same score; without rows nothing is the same. */
export function isIdentical(left: Float32Array, right: Float32Array): boolean {
  return left.length > 0 && left.every((score, row) => score === right[row]);
}
