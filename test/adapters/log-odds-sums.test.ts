import { describe, expect, test } from 'vitest';
import { addLogOdds, fitCells, startLogOdds } from '../../adapters/duckdb/metrics/log-odds-sums.js';

/** Log odds from -4 to 4, denser than the cells, whose labels are spread exactly as a line says. */
function sumsOf(line: { intercept: number; slope: number }) {
  const sums = startLogOdds();
  for (let step = 0; step <= 4000; step += 1) {
    const x = -4 + step / 500;
    const ones = 1 / (1 + Math.exp(-line.intercept - line.slope * x));
    addLogOdds(sums, x, ones, 1 - ones);
  }
  return sums;
}

describe('the recalibration of cells', () => {
  test.each([
    { intercept: 0, slope: 1 },
    { intercept: -2.5, slope: 0.6 },
    { intercept: 1.25, slope: -3 },
  ])('finds the line the labels follow to eight digits: $intercept + $slope x', (line) => {
    const fit = fitCells(sumsOf(line));
    expect(Math.abs(fit.intercept - line.intercept)).toBeLessThan(1e-8);
    expect(Math.abs(fit.slope - line.slope)).toBeLessThan(1e-8);
  });

  test('starts from the flat line where one score says nothing about a slope', () => {
    const sums = startLogOdds();
    addLogOdds(sums, 0.5, 1, 3);
    expect(fitCells(sums)).toEqual({ intercept: 0, slope: 0 });
  });
});
