import type { FeatureImportance, ImportanceFacts } from './probes.js';

/** Metric with the rows as they are, and by feature with its values shuffled, once for each repeat. */
export interface ShuffledMetrics {
  readonly unchanged: number;
  readonly shuffled: readonly { readonly feature: string; readonly metrics: readonly number[] }[];
}

/**
 * Permutation importance as scikit-learn defines it: what the metric loses when the feature is shuffled, mean and
 * population standard deviation over the repeats. Above zero the model needs the feature, whichever way the metric is
 * better.
 */
export function computeImportance(
  { unchanged, shuffled }: ShuffledMetrics,
  isHigherBetter: boolean,
): ReadonlyMap<string, FeatureImportance> {
  const sign = isHigherBetter ? 1 : -1;
  return new Map(
    shuffled.map(({ feature, metrics }) => {
      const losses = metrics.map((metric) => sign * (unchanged - metric));
      const mean = meanOf(losses);
      return [feature, { mean, sd: Math.sqrt(meanOf(losses.map((loss) => (loss - mean) ** 2))) }] as const;
    }),
  );
}

/** Both sides feature by feature: the challenger's features by importance, then those that only the champion uses. */
export function joinImportance(
  challenger: ReadonlyMap<string, FeatureImportance>,
  champion: ReadonlyMap<string, FeatureImportance>,
): ImportanceFacts['features'] {
  const byMean = (side: ReadonlyMap<string, FeatureImportance>) =>
    [...side].sort(([a, x], [b, y]) => y.mean - x.mean || (a < b ? -1 : 1)).map(([feature]) => feature);
  const gone = byMean(champion).filter((feature) => !challenger.has(feature));
  return [...byMean(challenger), ...gone].map((feature) => ({
    feature,
    challenger: challenger.get(feature) ?? null,
    champion: champion.get(feature) ?? null,
  }));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
