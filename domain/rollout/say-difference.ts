import { say, saySigned } from '../gates/check-facts.js';

/** A difference with its bounds, for a sentence; bounds that there are none of yet are said so. */
export function sayDifference(difference: {
  readonly mean: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}): string {
  const { mean, lower, upper } = difference;
  if (mean === null) return 'nothing yet';
  if (lower === null || upper === null) return `${saySigned(mean)} (too few windows for an interval)`;
  return `${saySigned(mean)} (${say(lower)} to ${say(upper)})`;
}
