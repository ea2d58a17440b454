import { chiSquareQuantile, normalQuantile } from '../statistics/distributions.js';
import { stabilityIndex } from './decide-drift.js';

/** Left out on the one side at one look. A hundred looks at a growing number of rows then alarm in less than 5 %. */
const TAIL = 0.001;

/** How far counts have moved from reference shares. */
export interface StabilityEstimate {
  /**
   * Population stability index less what it comes to on average where nothing differs: (1/n + 1/m) for each bin but one
   * (Yurdakul 2018), which few rows would otherwise be taken for a move. Never below 0.
   */
  readonly moved: number;
  /** By how much `moved` may be off by chance, to each side with 99.9 % confidence. */
  readonly noise: number;
}

/**
 * `noise` is the larger of the index's spread, by the delta method, and of what it comes to where nothing differs at all,
 * since there the spread vanishes. Both sides are taken as drawn apart, row by row.
 */
export function estimateStability(
  reference: { readonly shares: readonly number[]; readonly rows: number },
  current: readonly number[],
): StabilityEstimate {
  const { shares, rows: n } = reference;
  const m = current.reduce((sum, count) => sum + count, 0);
  const { psi, usedBins } = stabilityIndex(shares, n, current, m);
  if (usedBins < 2) return { moved: 0, noise: 0 };
  const pairs = shares
    .map((share, bin) => ({ then: share * n, now: current[bin] ?? 0 }))
    .filter(({ then, now }) => then > 0 || now > 0)
    .map(({ then, now }) => ({ p: (then + 0.5) / (n + usedBins / 2), q: (now + 0.5) / (m + usedBins / 2) }));
  const variance =
    spreadOf(pairs.map(({ p, q }) => ({ share: p, slope: Math.log(p / q) + 1 - q / p }))) / n +
    spreadOf(pairs.map(({ p, q }) => ({ share: q, slope: Math.log(q / p) + 1 - p / q }))) / m;
  const unit = 1 / n + 1 / m;
  const usual = unit * (usedBins - 1);
  const byChance = unit * chiSquareQuantile(1 - TAIL, usedBins - 1) - usual;
  const noise = Math.max(byChance, normalQuantile(1 - TAIL) * Math.sqrt(variance));
  return { moved: Math.max(0, psi - usual), noise };
}

/** Variance of the slope over the bins. */
function spreadOf(bins: readonly { readonly share: number; readonly slope: number }[]): number {
  const mean = bins.reduce((sum, { share, slope }) => sum + share * slope, 0);
  return bins.reduce((sum, { share, slope }) => sum + share * (slope - mean) ** 2, 0);
}
