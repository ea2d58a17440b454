import type { ObservedBin } from '../gates/comparison.js';
import type { NumericRows } from './error-sums.js';
import { bump, forEachRank, weightOf, type OrderedScores } from './score-pass.js';

/** Tenths are what people are used to, and as many as few rows fill. */
export const OBSERVED_BINS = 10;

/**
 * Predicted against observed numbers: rows in tenths by rank of their prediction, from low to high, each with its
 * weighted means. Rows that tie share their middle rank and so a bin; bins that ties left empty are absent, and so are
 * those whose rows all weigh nothing.
 */
export function sumObserved(rows: NumericRows, side: OrderedScores): readonly ObservedBin[] {
  const make = () => new Float64Array(OBSERVED_BINS);
  const sums = { rows: make(), weights: make(), scores: make(), labels: make() };
  const all = { codes: new Int32Array(rows.labels.length), count: 1 };
  const total = rows.weights?.reduce((sum, weight) => sum + weight, 0) ?? rows.labels.length;
  forEachRank(rows, side, all, [total], (row, _group, middleRank, score) => {
    // Without any weight there is no rank, and every bin is left out below.
    const bin = total === 0 ? 0 : Math.min(OBSERVED_BINS - 1, Math.floor(middleRank * OBSERVED_BINS));
    const weight = weightOf(rows, row);
    bump(sums.rows, bin, 1);
    bump(sums.weights, bin, weight);
    bump(sums.scores, bin, weight * score);
    bump(sums.labels, bin, weight * (rows.labels[row] ?? 0));
  });
  return Array.from(sums.weights).flatMap((weight, bin): ObservedBin[] =>
    weight === 0
      ? []
      : [
          {
            rows: sums.rows[bin] ?? 0,
            meanScore: (sums.scores[bin] ?? 0) / weight,
            meanLabel: (sums.labels[bin] ?? 0) / weight,
          },
        ],
  );
}
