import { describe, expect, test } from 'vitest';
import { sumObserved } from '../../../domain/statistics/observed-bins.js';
import { orderByScore } from '../../../domain/statistics/score-order.js';

type Row = readonly [score: number, label: number, weight?: number];

function binsOf(rows: readonly Row[]) {
  const scores = Float32Array.from(rows, ([score]) => score);
  const labels = Float64Array.from(rows, ([, label]) => label);
  const weights = rows.some((row) => row.length === 3)
    ? { weights: Float64Array.from(rows, ([, , weight = 1]) => weight) }
    : {};
  const numeric = { labels, blocks: new Uint16Array(rows.length), blockCount: 1, ...weights };
  return sumObserved(numeric, { scores, order: orderByScore(scores) });
}

describe('predicted against observed', () => {
  test('is by tenths of the rows, from the lowest prediction to the highest', () => {
    const rows = Array.from({ length: 20 }, (_, index): Row => [20 - index, 3 * (20 - index)]);
    expect(binsOf(rows)).toEqual(
      Array.from({ length: 10 }, (_, bin) => ({ rows: 2, meanScore: 2 * bin + 1.5, meanLabel: 6 * bin + 4.5 })),
    );
  });

  test('keeps equal predictions together, by the middle of their rank, and leaves out what they leave empty', () => {
    // The first eight of ten rows tie around rank 0.4; the others are in the middle of the last two tenths.
    const tied = Array.from({ length: 8 }, (_, index): Row => [5, index]);
    expect(binsOf([[7, 0], ...tied, [6, 10]])).toEqual([
      { rows: 8, meanScore: 5, meanLabel: 3.5 },
      { rows: 1, meanScore: 6, meanLabel: 10 },
      { rows: 1, meanScore: 7, meanLabel: 0 },
    ]);
  });

  test('is one group where every prediction is the same', () => {
    expect(binsOf([1, 2, 3, 4].map((label) => [20, label]))).toEqual([{ rows: 4, meanScore: 20, meanLabel: 2.5 }]);
  });

  test('counts a row as much as it weighs, and rows without weight for nothing', () => {
    // Middle ranks 0.15, 0.5 and 0.85 of the weight.
    expect(
      binsOf([
        [1, 10, 3],
        [2, 30, 4],
        [3, 50, 3],
      ]).map(({ meanScore }) => meanScore),
    ).toEqual([1, 2, 3]);
    // The row without weight has the rank 0.1, where the second tenth begins.
    const [first, second] = binsOf([
      [1, 10, 1],
      [1.5, 99, 0],
      [2, 20, 9],
    ]);
    expect(first).toEqual({ rows: 1, meanScore: 1, meanLabel: 10 });
    expect(second).toEqual({ rows: 1, meanScore: 2, meanLabel: 20 });
    expect(binsOf([[1, 10, 0]])).toEqual([]);
  });
});
