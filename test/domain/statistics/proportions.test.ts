import { describe, expect, test } from 'vitest';
import {
  binomialCdf,
  differenceError,
  differenceInterval,
  wilsonInterval,
} from '../../../domain/statistics/proportions.js';

/** Intervals of 95 %. */
const tail = 0.025;

describe('the interval of a share', () => {
  // Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d in %d is the published one', (count, of, lower, upper) => {
    const interval = wilsonInterval({ count, of }, tail);
    expect(interval.lower).toBeCloseTo(lower, 4);
    expect(interval.upper).toBeCloseTo(upper, 4);
  });
});

describe('the interval of a difference of shares', () => {
  // Newcombe 1998, Interval estimation for the difference between independent proportions, table II, method 10.
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
  ])('of %d in %d and %d in %d is the published one', (first, firstOf, second, secondOf, lower, upper) => {
    const interval = differenceInterval({ count: first, of: firstOf }, { count: second, of: secondOf }, tail);
    expect(interval.lower).toBeCloseTo(lower, 4);
    expect(interval.upper).toBeCloseTo(upper, 4);
  });

  test('has the standard error of two independent shares', () => {
    expect(differenceError({ count: 50, of: 100 }, { count: 20, of: 100 })).toBeCloseTo(Math.sqrt(0.0025 + 0.0016), 12);
  });
});

describe('the binomial distribution', () => {
  // By counting: of the 8 courses of three throws of a coin, 4 have at most one head; of 1,024 of ten, 56 at most two.
  test.each([
    [1, 3, 0.5, 4 / 8],
    [2, 10, 0.5, 56 / 1024],
    [0, 5, 0.5, 1 / 32],
    [3, 3, 0.5, 1],
    [2, 3, 1, 0],
    [3, 3, 1, 1],
    [0, 3, 0, 1],
  ])('gives at most %d of %d at %d', (successes, trials, probability, expected) => {
    expect(binomialCdf(successes, trials, probability)).toBeCloseTo(expected, 12);
  });
});
