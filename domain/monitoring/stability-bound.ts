import { chiSquareQuantile, normalQuantile } from '../statistics/distributions.js';
import { stabilityIndex } from './decide-drift.js';

/** Left out on the one side at one look. A hundred looks at a growing number of rows then alarm in less than 5 %. */
const TAIL = 0.001;

/**
 * What a population stability index is at least, with 99.9 % confidence: the index less what the noise of so few rows can
 * add to it. That is the larger of its spread, by the delta method, and of what it comes to where nothing differs at all
 * (Yurdakul 2018), since there the spread vanishes. Both sides are taken as drawn apart; two models' scores of the same
 * rows go together, which only makes the noise smaller. Never below 0.
 */
export function stabilityLowerBound(reference: readonly number[], current: readonly number[]): number {
  const [n, m] = [sumOf(reference), sumOf(current)];
  const shares = reference.map((count) => count / n);
  const { psi, usedBins } = stabilityIndex(shares, n, current, m);
  if (usedBins < 2) return 0;
  const pairs = reference
    .map((count, bin) => ({
      p: (count + 0.5) / (n + usedBins / 2),
      q: ((current[bin] ?? 0) + 0.5) / (m + usedBins / 2),
    }))
    .filter((_, bin) => (reference[bin] ?? 0) + (current[bin] ?? 0) > 0);
  const variance =
    spreadOf(pairs.map(({ p, q }) => ({ share: p, slope: Math.log(p / q) + 1 - q / p }))) / n +
    spreadOf(pairs.map(({ p, q }) => ({ share: q, slope: Math.log(q / p) + 1 - p / q }))) / m;
  const byChance = (1 / n + 1 / m) * chiSquareQuantile(1 - TAIL, usedBins - 1);
  return Math.max(0, psi - Math.max(byChance, normalQuantile(1 - TAIL) * Math.sqrt(variance)));
}

/** Variance of the slope over the bins. */
function spreadOf(bins: readonly { readonly share: number; readonly slope: number }[]): number {
  const mean = bins.reduce((sum, { share, slope }) => sum + share * slope, 0);
  return bins.reduce((sum, { share, slope }) => sum + share * (slope - mean) ** 2, 0);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
