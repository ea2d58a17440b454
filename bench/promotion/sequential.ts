import { estimateSequence } from '../../domain/statistics/confidence-sequence.js';
import { seededRandom } from '../../domain/statistics/random.js';

/** Rollouts as they could be: one value a window, the challenger's loss less the champion's. */
export interface SequentialWorld {
  readonly rollouts: number;
  /** Looks at each rollout, one after every window. */
  readonly looks: number;
  readonly alpha: number;
  /** True mean difference, in standard deviations of a window; 0: there is none. */
  readonly harm: number;
  /** Correlation of neighbouring windows. */
  readonly correlation: number;
  /** Rows of a window, and the share of a row's variance that all rows of its day have in common. */
  readonly rows: number;
  readonly dayShare: number;
  readonly seed: number;
}

export interface SequentialRates {
  readonly seed: number;
  /** Share of the rollouts that some look stopped for harm, 0..1. */
  readonly stopped: number;
  /** The window at which half of the stopped ones were stopped; null when none was. */
  readonly medianWindow: number | null;
}

/** Plays rollouts and counts those that are stopped for harm at any look. */
export function simulateSequential(world: SequentialWorld): SequentialRates {
  const random = seededRandom(world.seed);
  const stops: number[] = [];
  for (let rollout = 0; rollout < world.rollouts; rollout += 1) {
    const window = playRollout(world, random);
    if (window !== null) stops.push(window);
  }
  stops.sort((a, b) => a - b);
  const medianWindow = stops[Math.floor(stops.length / 2)] ?? null;
  return { seed: world.seed, stopped: stops.length / world.rollouts, medianWindow };
}

/** The window at which it is stopped; null when it is not. */
function playRollout(world: SequentialWorld, random: () => number): number | null {
  const { looks, alpha, harm, correlation, rows, dayShare } = world;
  const deviation = Math.sqrt(dayShare + (1 - dayShare) / rows);
  const differences: number[] = [];
  let day = normal(random);
  for (let look = 1; look <= looks; look += 1) {
    if (look > 1) day = correlation * day + Math.sqrt(1 - correlation ** 2) * normal(random);
    // The mean of so many rows that share their day: their own noise is normal already.
    const own = normal(random) * Math.sqrt((1 - dayShare) / rows);
    differences.push(harm * deviation + Math.sqrt(dayShare) * day + own);
    const { lower } = estimateSequence(differences, alpha);
    if (lower !== null && lower > 0) return look;
  }
  return null;
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
