import { errorOfMean, meanOf } from './confidence-sequence.js';
import { studentQuantile } from './distributions.js';
import { serialCorrelation } from './serial-correlation.js';

/** With fewer observations a t test has next to no power, and their resemblance cannot be seen. */
export const horizonWindows = 3;

/** The mean of a number of observations that was fixed before. */
export interface HorizonEstimate {
  readonly observations: number;
  readonly mean: number;
  readonly standardError: number;
  /** The mean is at least this with probability 1 - alpha, and at most `upper` with the same. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * One-sided Student bounds of a mean, both at `alpha`, valid once: the number of observations is set before, and nobody
 * decides by them earlier. Widened for neighbours that resemble each other. Null with fewer than three observations.
 */
export function estimateAtHorizon(observations: readonly number[], alpha: number): HorizonEstimate | null {
  const n = observations.length;
  if (n < horizonWindows) return null;
  const mean = meanOf(observations);
  const standardError = errorOfMean(observations, serialCorrelation(observations));
  const reach = studentQuantile(1 - alpha, n - 1) * standardError;
  return { observations: n, mean, standardError, lower: mean - reach, upper: mean + reach };
}
