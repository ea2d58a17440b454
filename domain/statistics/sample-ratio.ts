import { incompleteBeta } from './distributions.js';

/**
 * How likely a number of successes is that lies at least as far out as `successes`, 0..1: the exact binomial test, with
 * the smaller tail counted twice. A share of 0 or 1 leaves no room for chance, so anything else has probability 0.
 */
export function binomialTail(successes: number, trials: number, share: number): number {
  if (trials === 0) return 1;
  if (share <= 0 || share >= 1) return successes === trials * share ? 1 : 0;
  return Math.min(1, 2 * Math.min(atMost(successes, trials, share), atLeast(successes, trials, share)));
}

/** P(X ≤ k) = I(1-p; n-k, k+1): stays exact where the terms of the sum would underflow. */
function atMost(successes: number, trials: number, share: number): number {
  return successes >= trials ? 1 : incompleteBeta(1 - share, trials - successes, successes + 1);
}

function atLeast(successes: number, trials: number, share: number): number {
  return successes <= 0 ? 1 : incompleteBeta(share, successes, trials - successes + 1);
}
