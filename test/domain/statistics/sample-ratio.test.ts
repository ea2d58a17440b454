import { describe, expect, it } from 'vitest';
import { binomialTail } from '../../../domain/statistics/sample-ratio.js';

describe('the exact binomial test of a share', () => {
  // By exact fractions in Python.
  it.each([
    [3, 10, 0.5, 0.343_75],
    [0, 100, 0.05, 0.011_841_058_440_668_05],
    [60, 1_000, 0.05, 0.173_464_356_769_721_9],
    [20, 40, 0.5, 1],
  ])('gives %i of %i at a share of %f the probability %f', (successes, trials, share, expected) => {
    expect(binomialTail(successes, trials, share)).toBeCloseTo(expected, 10);
  });

  it('stays exact far out and with many trials', () => {
    expect(binomialTail(18, 40, 0.05) / 2.979_113_133_223_806e-13).toBeCloseTo(1, 8);
    expect(binomialTail(2_700, 5_000, 0.5) / 1.645_878_110_344_219_3e-8).toBeCloseTo(1, 8);
  });

  it('leaves no room for chance at 0 and 100 percent', () => {
    expect([binomialTail(0, 9, 0), binomialTail(1, 9, 0), binomialTail(9, 9, 1), binomialTail(8, 9, 1)]).toEqual([
      1, 0, 1, 0,
    ]);
    expect(binomialTail(0, 0, 0.5)).toBe(1);
  });
});
