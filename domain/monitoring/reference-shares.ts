import type { TrainingProfile } from '../model-bundle.js';

/**
 * Shares of the training rows in the bins of a profile, summing to 1: for numbers the bins between the cuts and then the
 * missing values, for categories the listed values and then everything else. Null when the profile has no such feature.
 */
export function referenceShares(profile: TrainingProfile, feature: string): readonly number[] | null {
  const numeric = profile.numeric[feature];
  if (numeric !== undefined) {
    const { shares, nullShare } = numeric;
    const sum = shares.reduce((total, share) => total + share, 0);
    // Bins share what is not null, whether or not the profile's shares were taken of all rows.
    return [...shares.map((share) => (sum > 0 ? (share / sum) * (1 - nullShare) : 0)), nullShare];
  }
  const categorical = profile.categorical[feature];
  if (categorical === undefined) return null;
  const { shares } = categorical;
  return [...shares, Math.max(0, 1 - shares.reduce((total, share) => total + share, 0))];
}
