import { describe, expect, test } from 'vitest';
import {
  estimateUncertainty,
  minimumDetectable,
  replicateStatistic,
  resampleBlocks,
  type BlockStatistic,
  type Resamples,
  type SampleFacts,
} from '../../../domain/statistics/block-bootstrap.js';
import { adjustHolm } from '../../../domain/statistics/holm.js';
import { normalQuantile } from '../../../domain/statistics/distributions.js';
import { seededRandom } from '../../../domain/statistics/random.js';
import { roundNumbers } from '../../../domain/statistics/rounding.js';

const meanOf =
  (days: readonly number[]): BlockStatistic =>
  (weights, offset) => {
    const total = days.reduce((sum, _, day) => sum + (weights[offset + day] ?? 0), 0);
    return days.reduce((sum, value, day) => sum + (weights[offset + day] ?? 0) * value, 0) / total;
  };

/** The interval at 90 % over days of many rows; tests state only what they are about. */
function interval(estimate: number, statistic: BlockStatistic, resamples: Resamples, facts: Partial<SampleFacts> = {}) {
  const { blocks } = resamples;
  const replicates = replicateStatistic(statistic, resamples);
  return estimateUncertainty(estimate, replicates, { blocks, kind: 'day', rows: 10_000, level: 0.9, ...facts });
}

describe('block bootstrap', () => {
  test('draws as many days as there are, the same for the same seed', () => {
    const one = resampleBlocks({ blocks: 7, replicates: 50, seed: 3 });
    for (let replicate = 0; replicate < 50; replicate += 1) {
      expect(one.weights.slice(replicate * 7, replicate * 7 + 7).reduce((sum, count) => sum + count, 0)).toBe(7);
    }
    expect(resampleBlocks({ blocks: 7, replicates: 50, seed: 3 }).weights).toEqual(one.weights);
    expect(resampleBlocks({ blocks: 7, replicates: 50, seed: 4 }).weights).not.toEqual(one.weights);
  });

  test('gives the textbook standard error of a mean of equal days', () => {
    const days = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    // Sample standard deviation 2.4984844… over the square root of 12.
    const mean = days.reduce((sum, value) => sum + value, 0) / 12;
    const textbook = Math.sqrt(days.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 11 / 12);
    const resamples = resampleBlocks({ blocks: 12, replicates: 20_000, seed: 1 });
    const { se } = interval(mean, meanOf(days), resamples);
    expect((se ?? 0) / textbook).toBeGreaterThan(0.98);
    expect((se ?? 0) / textbook).toBeLessThan(1.02);
  });

  test.each([4, 6, 12])('covers the truth in 90 of 100 samples of only %i days', (blocks) => {
    const random = seededRandom(11);
    const resamples = resampleBlocks({ blocks, replicates: 400, seed: 5 });
    const samples = 1000;
    let covered = 0;
    for (let sample = 0; sample < samples; sample += 1) {
      const days = Array.from({ length: blocks }, () => normalQuantile(Math.min(Math.max(random(), 1e-9), 1 - 1e-9)));
      const estimate = days.reduce((sum, value) => sum + value, 0) / blocks;
      const { lower, upper } = interval(estimate, meanOf(days), resamples);
      if ((lower ?? 1) <= 0 && (upper ?? -1) >= 0) covered += 1;
    }
    // Three binomial standard errors around 90 %.
    expect(covered / samples).toBeGreaterThan(0.87);
    expect(covered / samples).toBeLessThan(0.93);
  });

  test('gives no interval below four days, and says why', () => {
    const resamples = resampleBlocks({ blocks: 3, replicates: 100, seed: 1 });
    expect(interval(1, meanOf([1, 2, 3]), resamples)).toEqual({
      lower: null,
      upper: null,
      se: null,
      blocks: 3,
      reason: 'an interval needs at least 4 days, there are 3',
    });
    expect(interval(1, meanOf([1, 2, 3]), resamples, { kind: 'entity' }).reason).toBe(
      'an interval needs at least 4 groups of entities, there are 3',
    );
  });

  test('gives no interval when many resamples are undefined', () => {
    const resamples = resampleBlocks({ blocks: 5, replicates: 100, seed: 1 });
    const needsFirstDay: BlockStatistic = (weights, offset) => ((weights[offset] ?? 0) > 0 ? 1 : Number.NaN);
    expect(interval(1, needsFirstDay, resamples)).toMatchObject({
      se: null,
      reason: 'it is undefined in too many resamples of days',
    });
  });

  test('takes a metric that never varies as certain from 300 rows on, and as unknown below', () => {
    const resamples = resampleBlocks({ blocks: 6, replicates: 100, seed: 1 });
    const alike = meanOf([0, 0, 0, 0, 0, 0]);
    expect(interval(0, alike, resamples, { rows: 300 })).toMatchObject({ lower: 0, upper: 0, se: 0 });
    expect(interval(0, alike, resamples, { rows: 299 })).toMatchObject({
      lower: null,
      reason: 'nothing varies between days, and 299 rows are too few to show that nothing can',
    });
  });

  test('detects about two and a half standard errors at one-sided 5 % and 80 % power', () => {
    // t quantiles of SciPy with 27 degrees of freedom: 1.70329 and 0.85514.
    expect(minimumDetectable(0.002, 28, 0.9)).toBeCloseTo(0.002 * (1.70329 + 0.85514), 6);
  });
});

describe('helpers of evidence', () => {
  test('Holm adjusts like p.adjust of R', () => {
    const adjusted = adjustHolm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => {
      expect(adjusted[index]).toBeCloseTo(expected, 12);
    });
    expect(adjustHolm([0.9, 0.8])).toEqual([1, 1]);
    expect(adjustHolm([])).toEqual([]);
  });

  test('rounding removes the last bits, keeps counts and refuses what is no number', () => {
    expect(roundNumbers({ a: 0.1 + 0.2, b: [12345678901234], c: 'x', d: null })).toEqual({
      a: 0.3,
      b: [12345678901234],
      c: 'x',
      d: null,
    });
    expect(() => roundNumbers({ a: Number.NaN })).toThrow('not finite');
  });

  test('the generator is even: every tenth of the range gets its share', () => {
    const random = seededRandom(2);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw += 1) {
      const tenth = Math.floor(random() * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    // Four standard deviations of a binomial count.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(9000));
  });
});
