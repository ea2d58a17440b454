import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/evidence/options.js';
import {
  coverageTargets,
  falseRates,
  policyRates,
  powers,
  trueStandardError,
} from '../../bench/evidence/rate-targets.js';
import { alpha, planScenarios } from '../../bench/evidence/scenarios.js';
import { judgeRows, type Outcome } from '../../bench/evidence/simulated-judgement.js';
import { championAuc, simulateRows, type Truth } from '../../bench/evidence/simulated-rows.js';

/** So many outcomes of which the first ones are hits. */
function outcomes(all: number, hits: number, hit: Partial<Outcome>): Outcome[] {
  const miss: Outcome = { estimate: 0, promoted: false, checks: {}, covered: {} };
  return Array.from({ length: all }, (_, index) => (index < hits ? { ...miss, ...hit } : miss));
}

describe('the options of the evidence bench', () => {
  it('are the sizes of the targets, and a tenth of them when it has to be quick', () => {
    expect(readOptions([])).toMatchObject({ simulations: 2_000, replicateRows: 1_000_000, metricsRows: 5_000_000 });
    expect(readOptions(['--quick', '--json', '--seed', '7'])).toMatchObject({ simulations: 200, json: true, seed: 7 });
  });

  it('refuse what they do not know', () => {
    expect(() => readOptions(['--seed', 'x'])).toThrow('--seed: found x, expected a whole number');
    expect(() => readOptions(['--fast'])).toThrow('--fast');
  });
});

describe('the rates of the evidence bench', () => {
  it('allow false promotions as often as 95 of 100 fair tests would have them', () => {
    // 5 % and 1.645 binomial standard errors of 2,000: 116 of them.
    const met = (hits: number) => falseRates(outcomes(2_000, hits, { promoted: true }), outcomes(2_000, 0, {}))[0]?.met;
    expect(met(116)).toBe(true);
    expect(met(117)).toBe(false);
  });

  it('count a true advantage only where its check passes', () => {
    const checks = { 'beats-baseline auc at 0': 'pass', 'not-worse auc at -0.01': 'fail' } as const;
    const some = outcomes(100, 75, { checks });
    expect(powers(some, some)).toMatchObject([
      { value: 75, met: true },
      { value: 0, met: false },
    ]);
  });

  it('ask both of an equal and of a harmful challenger', () => {
    const [promoted, stopped] = policyRates(outcomes(10, 6, { promoted: true }), outcomes(10, 3, { promoted: true }));
    expect(promoted).toMatchObject({ value: 60, met: true });
    expect(stopped).toMatchObject({ value: 70, met: false });
  });

  it('judge the worst and the best covered metric, and the calibration error only from below', () => {
    const covered = { auc: true, brier: true, ece: true, deLong: false };
    const all = [
      ...outcomes(95, 95, { covered }),
      ...outcomes(5, 5, { covered: { ...covered, auc: false, brier: false } }),
    ];
    const [lowest, highest, ece] = coverageTargets(all);
    expect(lowest).toMatchObject({ value: 95, met: true });
    expect(highest).toMatchObject({ value: 95, met: true });
    expect(ece).toMatchObject({ value: 100, met: true });
  });
});

describe('simulated backtests', () => {
  const world = { seed: 3, days: 8, rowsPerDay: 4_000, slices: 4 };
  const equal: Truth = { advantage: 0, sliceLoss: 0 };
  const { equal: scenario } = planScenarios({ seed: 1, simulations: 1, largeSimulations: 1 });

  it('are the same for the same seed and number', () => {
    const small = { ...world, rowsPerDay: 20 };
    expect(simulateRows(small, equal, 1)).toEqual(simulateRows(small, equal, 1));
    expect(simulateRows(small, equal, 2)).not.toEqual(simulateRows(small, equal, 1));
  });

  it('hold the truth that was asked for, on average over days', () => {
    const estimates = Array.from({ length: 12 }, (_, simulation) => {
      const rows = simulateRows(world, { advantage: 0.05, sliceLoss: 0 }, simulation);
      return judgeRows(rows, scenario);
    });
    const mean = estimates.reduce((sum, { estimate }) => sum + estimate, 0) / estimates.length;
    // Four standard errors of this mean.
    expect(Math.abs(mean - 0.05)).toBeLessThan((4 * trueStandardError(estimates)) / Math.sqrt(estimates.length));
    expect(championAuc + 0.05).toBeLessThan(1);
  });

  it('are judged by the checks of the product, at the level that is written beside them', () => {
    const outcome = judgeRows(simulateRows({ ...world, rowsPerDay: 400 }, equal, 5), scenario);
    expect(Object.keys(outcome.checks)).toEqual([
      'beats-baseline auc at 0',
      'worst-slice slice auc at 0.02',
      'worst-slice slice auc at 0',
    ]);
    expect(1 - scenario.plan.confidence).toBeCloseTo(2 * alpha, 12);
  });
});
