import { describe, expect, test } from 'vitest';
import {
  chiSquareQuantile,
  logGamma,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from '../../../domain/statistics/distributions.js';

// Expected numbers are those of SciPy.
describe('distributions agree with SciPy', () => {
  test.each([
    [0.975, 11, 2.200985160091639],
    [0.95, 27, 1.7032884457221265],
    [0.2, 3, -0.9784723123633045],
  ])('Student quantile of %d with %d degrees of freedom', (p, df, expected) => {
    expect(studentQuantile(p, df)).toBeCloseTo(expected, 9);
  });

  test.each([
    [-2.5, 4, 0.03338327240599407],
    [2, 5.5, 0.9516228048844075],
    [Number.POSITIVE_INFINITY, 3, 1],
    [Number.NEGATIVE_INFINITY, 3, 0],
    [0, 3, 0.5],
  ])('Student probability of %d with %d degrees of freedom', (t, df, expected) => {
    expect(studentCdf(t, df)).toBeCloseTo(expected, 12);
  });

  test.each([
    [0.95, 1, 3.841458820694124],
    [0.999, 9, 27.877164871256568],
    [0.999, 229, 300.8678119238308],
  ])('chi-squared quantile of %d with %d degrees of freedom', (p, df, expected) => {
    expect(chiSquareQuantile(p, df)).toBeCloseTo(expected, 9);
  });

  test('normal quantiles', () => {
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 10);
    expect(normalQuantile(0.025)).toBeCloseTo(-1.959963984540054, 10);
  });

  test('logarithm of the gamma function', () => {
    expect(logGamma(10)).toBeCloseTo(12.801827480081469, 11);
    expect(logGamma(0.3)).toBeCloseTo(1.0957979948180756, 11);
  });
});
