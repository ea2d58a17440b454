import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeJensenShannon, computeLInfinity } from '../../../domain/validation/distances.js';

describe('the Jensen-Shannon distance', () => {
  it.each([
    ['equal shares', [0.5, 0.5], [0.5, 0.5], 0],
    ['shares with no bin in common', [1, 0], [0, 1], 1],
    // Half of 1 log2(1 / 0.75) + 0.5 log2(0.5 / 0.75) + 0.5 log2(0.5 / 0.25): (0.415037 - 0.292481 + 0.5) / 2.
    ['half of the rows moved', [1, 0], [0.5, 0.5], Math.sqrt(0.311278)],
    // Half of 0.5 log2(0.5 / 0.375) + 0.5 log2(0.5 / 0.625) + 0.25 log2(0.25 / 0.375) + 0.75 log2(0.75 / 0.625).
    ['a quarter of the rows moved', [0.5, 0.5], [0.25, 0.75], 0.220896],
  ])('of %s', (_, reference, current, distance) => {
    expect(computeJensenShannon(reference, current)).toBeCloseTo(distance, 5);
  });
});

describe('the L-infinity distance', () => {
  it.each([
    [[0.5, 0.5], [0.5, 0.5], 0],
    [[1, 0], [0, 1], 1],
    [[0.5, 0.3, 0.2], [0.4, 0.25, 0.35], 0.15],
  ])('of %j and %j is %d, the largest difference of a bin', (reference, current, distance) => {
    expect(computeLInfinity(reference, current)).toBeCloseTo(distance, 12);
  });
});

describe('both distances', () => {
  const shares = fc.array(fc.nat(1000), { minLength: 2, maxLength: 8 }).filter((counts) => counts.some((n) => n > 0));
  const normalised = shares.map((counts) => {
    const sum = counts.reduce((total, n) => total + n, 0);
    return counts.map((n) => n / sum);
  });

  it('are symmetric and between 0 and 1', () => {
    fc.assert(
      fc.property(normalised, normalised, (left, right) => {
        const bins = Math.max(left.length, right.length);
        const [p, q] = [left, right].map((side) => Array.from({ length: bins }, (_, bin) => side[bin] ?? 0));
        for (const distance of [computeJensenShannon, computeLInfinity]) {
          const there = distance(p ?? [], q ?? []);
          expect(there).toBeGreaterThanOrEqual(0);
          expect(there).toBeLessThanOrEqual(1 + 1e-12);
          expect(distance(q ?? [], p ?? [])).toBeCloseTo(there, 12);
        }
      }),
    );
  });
});
