import { describe, expect, it } from 'vitest';
import { simulateSequential, type SequentialWorld } from '../../../bench/promotion/sequential.js';
import { estimateSequence, leastWindows } from '../../../domain/statistics/confidence-sequence.js';
import { estimateAtHorizon } from '../../../domain/statistics/fixed-horizon.js';
import { serialCorrelation } from '../../../domain/statistics/serial-correlation.js';

const seed = 20_011;
const sound: SequentialWorld = {
  rollouts: 2_000,
  looks: 100,
  alpha: 0.05,
  harm: 0,
  correlation: 0,
  rows: 1_000,
  dayShare: 0.05,
  seed,
};

/** 5 % and what chance adds in 99 of 100 runs of so many rollouts. */
const bound = 0.05 + 2.326 * Math.sqrt((0.05 * 0.95) / sound.rollouts);

describe('a hundred looks without a true difference', () => {
  it.each([0, 0.3, 0.5])(
    `stop at most one rollout of twenty when days correlate by %f (seed ${String(seed)})`,
    (correlation) => {
      const { stopped } = simulateSequential({ ...sound, correlation });
      expect(stopped).toBeLessThanOrEqual(bound);
    },
  );

  it('stop hardly any rollout where every row is a day of its own', () => {
    expect(simulateSequential({ ...sound, dayShare: 0, rows: 1 }).stopped).toBeLessThanOrEqual(0.02);
  });
});

describe('a true harm', () => {
  it('of two standard deviations of a window is stopped within 14 windows nearly always', () => {
    const { stopped, medianWindow } = simulateSequential({ ...sound, rollouts: 500, looks: 14, harm: 2 });
    expect(stopped).toBeGreaterThan(0.9);
    expect(medianWindow).toBeLessThanOrEqual(8);
  });

  it('of one standard deviation is stopped within a hundred windows', () => {
    expect(simulateSequential({ ...sound, rollouts: 300, harm: 1 }).stopped).toBeGreaterThan(0.99);
  });
});

describe('the bounds of a sequence', () => {
  // They take turns, so nothing is added for neighbours that resemble each other.
  const observations = [1.3, -0.8, 1.1, -0.9, 1.4, -1.2];

  it('are where the mixture of likelihoods is 1 / alpha times that of the bound itself', () => {
    const { lower, upper, serialCorrelation: correlation } = estimateSequence(observations, 0.05);
    expect(correlation).toBe(0);
    for (const end of [lower, upper]) {
      const shifted = observations.map((value) => value - (end ?? 0));
      expect(mixtureRatio(shifted)).toBeCloseTo(20, 1);
    }
  });

  it('are nowhere before there are four windows', () => {
    expect(leastWindows(0.05)).toBe(4);
    expect(estimateSequence([1, 1.1, 0.9], 0.05)).toMatchObject({ lower: null, upper: null });
    expect(estimateSequence([1, -1, 1, -1], 0.05).lower).not.toBeNull();
  });

  it('do not exist for nothing, nor an error for one window', () => {
    expect(estimateSequence([], 0.05)).toMatchObject({ mean: null, standardError: null, lower: null });
    expect(estimateSequence([2], 0.05)).toMatchObject({ mean: 2, standardError: null, lower: null });
  });

  it('lie further out where windows resemble their neighbours', () => {
    const sorted = [...observations].sort((a, b) => a - b);
    const width = (values: readonly number[]) => {
      const { lower, upper } = estimateSequence(values, 0.05);
      return (upper ?? Infinity) - (lower ?? -Infinity);
    };
    expect(width(sorted)).toBeGreaterThan(width(observations));
  });

  it('are as wide as nothing where all windows are alike', () => {
    expect(estimateSequence([0, 0, 0, 0, 0], 0.05)).toMatchObject({ mean: 0, lower: 0, upper: 0 });
  });
});

describe('the correlation of neighbours', () => {
  it('is what is seen, its bias and half of its error, and never below zero', () => {
    // r = 2.25 / 5 by hand, then + (1 + 1.8) / 4 + 0.25: more than the most that is taken.
    expect(serialCorrelation([1, 2, 3, 4])).toBe(0.9);
    // By hand: products -1 -1 -1 = -3 over squares 4.
    expect(serialCorrelation([1, -1, 1, -1])).toBe(0);
    // By hand: products 0 + 0 - 1 + 0 + 0 over squares 4.
    expect(serialCorrelation([1, 0, -1, 1, 0, -1])).toBeCloseTo(-0.25 + 1 / 6 + 0.5 / Math.sqrt(6), 12);
  });
});

describe('a fixed horizon', () => {
  it('has the one-sided bounds of Student', () => {
    // Mean 0, deviation √(6 / 5) of six values; t(0.95; 5) = 2.0150 from tables; neighbours take turns.
    const estimate = estimateAtHorizon([1, -1, 1, -1, 1, -1], 0.05);
    expect(estimate?.upper).toBeCloseTo((2.015_048 * Math.sqrt(6 / 5)) / Math.sqrt(6), 5);
  });

  it('has none with fewer than three windows', () => {
    expect(estimateAtHorizon([1, 2], 0.05)).toBeNull();
  });
});

/**
 * The likelihood of the observations with their mean drawn from a normal distribution of twice their deviation, over that
 * with mean zero, both averaged over the deviation's logarithm: added up on a grid.
 */
function mixtureRatio(observations: readonly number[]): number {
  let above = 0;
  let below = 0;
  for (let logDeviation = -4; logDeviation <= 6; logDeviation += 0.01) {
    const deviation = Math.exp(logDeviation);
    below += likelihood(observations, 0, deviation);
    for (let effect = -10; effect <= 10; effect += 0.05) {
      const prior = (Math.exp(-(effect ** 2) / 8) / Math.sqrt(8 * Math.PI)) * 0.05;
      above += prior * likelihood(observations, effect * deviation, deviation);
    }
  }
  return above / below;
}

function likelihood(observations: readonly number[], mean: number, deviation: number): number {
  return observations.reduce(
    (product, value) => (product * Math.exp(-0.5 * ((value - mean) / deviation) ** 2)) / deviation,
    1,
  );
}
