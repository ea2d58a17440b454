import { normalQuantile } from './distributions.js';

export interface Proportion {
  readonly count: number;
  readonly of: number;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Interval of a share by Wilson (1927), with `tail` left out on each side. It stays within 0 and 1 and is honest where
 * few rows, or none of them, count.
 */
export function wilsonInterval({ count, of }: Proportion, tail: number): Interval {
  const z = normalQuantile(1 - tail);
  const share = count / of;
  const centre = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

/**
 * Interval of the difference of two shares, first minus second, by Newcombe (1998, method 10): the two Wilson intervals
 * put together. Rows are taken as independent.
 */
export function differenceInterval(first: Proportion, second: Proportion, tail: number): Interval {
  const [p, q] = [first.count / first.of, second.count / second.of];
  const [a, b] = [wilsonInterval(first, tail), wilsonInterval(second, tail)];
  return {
    lower: p - q - Math.hypot(p - a.lower, b.upper - q),
    upper: p - q + Math.hypot(a.upper - p, q - b.lower),
  };
}

/** Standard error of the difference of two shares. */
export function differenceError(first: Proportion, second: Proportion): number {
  const variance = ({ count, of }: Proportion) => ((count / of) * (1 - count / of)) / of;
  return Math.sqrt(variance(first) + variance(second));
}

/** Probability of at most `successes` of `trials`, each with `probability`. */
export function binomialCdf(successes: number, trials: number, probability: number): number {
  let term = (1 - probability) ** trials;
  if (probability === 1) return successes >= trials ? 1 : 0;
  let sum = 0;
  for (let k = 0; k <= successes; k += 1) {
    sum += term;
    term *= ((trials - k) / (k + 1)) * (probability / (1 - probability));
  }
  return Math.min(1, sum);
}
