import type { TrainingProfile } from '../model-bundle.js';
import type { DriftCounts } from '../monitoring.js';
import type { MonitorPolicy } from '../pipeline-definition.js';
import { chiSquareQuantile } from '../statistics/distributions.js';
import { referenceShares } from './reference-shares.js';

/** Fewer rows than this, on either side, say nothing reliable about a distribution. */
export const MIN_DRIFT_ROWS = 200;
/** An unmoved feature stays below the calibrated limit in 999 of 1,000 windows. */
const NULL_QUANTILE = 0.999;
const PSEUDO_COUNT = 0.5;

/** One input column against the training profile. */
export interface FeatureDrift {
  readonly feature: string;
  /** Population stability index; null when it could not be measured. */
  readonly psi: number | null;
  /** Where drift begins for this feature and these numbers of rows; null with `psi`. */
  readonly limit: number | null;
  readonly drifted: boolean;
  /** One plain sentence. */
  readonly why: string;
}

/** Features with the largest index first. */
export interface DriftDecision {
  readonly rows: number;
  readonly features: readonly FeatureDrift[];
  readonly driftedFeatures: readonly string[];
  /** Half of the measured features or more have moved: the data as a whole is no longer what the model learned. */
  readonly datasetDrifted: boolean;
}

/**
 * Compares counted inputs with the training profile by the population stability index. The limit is the policy's, but
 * never below what chance alone gives: without drift the index follows (1/n + 1/m) times chi-squared with one degree of
 * freedom fewer than bins (Yurdakul 2018), so with few rows a fixed limit would mostly alarm about nothing.
 */
export function decideDrift(args: {
  readonly profile: TrainingProfile;
  readonly counts: DriftCounts;
  readonly policy: Pick<MonitorPolicy, 'psiLimit' | 'ignore'>;
}): DriftDecision {
  const { profile, counts, policy } = args;
  const features = binFeatures(profile, counts)
    .map((bins) =>
      policy.ignore?.includes(bins.feature) === true
        ? unmeasured(bins.feature, `${bins.feature} is not compared: monitor.ignore names it`)
        : judgeFeature(bins, profile.rows, counts.rows, policy.psiLimit),
    )
    .sort((left, right) => (right.psi ?? -1) - (left.psi ?? -1));
  const measured = features.filter((feature) => feature.psi !== null);
  const driftedFeatures = features.filter((feature) => feature.drifted).map((feature) => feature.feature);
  return {
    rows: counts.rows,
    features,
    driftedFeatures,
    datasetDrifted: measured.length > 0 && driftedFeatures.length * 2 >= measured.length,
  };
}

/** Rows of each bin then and now. */
interface FeatureBins {
  readonly feature: string;
  /** Shares of the training rows, summing to 1. */
  readonly reference: readonly number[];
  /** Null when the current rows were not counted for this feature, or into other bins. */
  readonly current: readonly number[] | null;
}

function binFeatures(profile: TrainingProfile, counts: DriftCounts): readonly FeatureBins[] {
  const numeric = Object.keys(profile.numeric).map((feature): FeatureBins => {
    const found = counts.numeric[feature];
    const reference = referenceShares(profile, feature) ?? [];
    return { feature, reference, current: matching(reference, found && [...found.counts, found.nulls]) };
  });
  const categorical = Object.keys(profile.categorical).map((feature): FeatureBins => {
    const found = counts.categorical[feature];
    const reference = referenceShares(profile, feature) ?? [];
    return { feature, reference, current: matching(reference, found && [...found.counts, found.other]) };
  });
  return [...numeric, ...categorical];
}

function matching(reference: readonly number[], current: readonly number[] | undefined): readonly number[] | null {
  return current?.length === reference.length ? current : null;
}

function unmeasured(feature: string, why: string): FeatureDrift {
  return { feature, psi: null, limit: null, drifted: false, why };
}

function judgeFeature(bins: FeatureBins, referenceRows: number, rows: number, psiLimit: number): FeatureDrift {
  const { feature, reference, current } = bins;
  if (current === null) return unmeasured(feature, `${feature} was not counted into the bins of the training profile`);
  if (rows < MIN_DRIFT_ROWS || referenceRows < MIN_DRIFT_ROWS) {
    const found = `${String(rows)} rows against ${String(referenceRows)}`;
    return unmeasured(feature, `${feature} needs ${String(MIN_DRIFT_ROWS)} rows on both sides, there are ${found}`);
  }
  const { psi, usedBins } = stabilityIndex(reference, referenceRows, current, rows);
  const byChance = usedBins < 2 ? 0 : (1 / rows + 1 / referenceRows) * chiSquareQuantile(NULL_QUANTILE, usedBins - 1);
  const limit = Math.max(psiLimit, byChance);
  const drifted = psi >= limit;
  const why = `${feature} ${drifted ? 'has moved' : 'is where it was'}: PSI ${psi.toFixed(3)}, limit ${limit.toFixed(3)}`;
  return { feature, psi, limit, drifted, why };
}

/**
 * PSI = sum of (q - p) ln(q / p) over bins, with half a row added to each bin on both sides, so that an empty bin counts
 * strongly but not infinitely. Bins that are empty on both sides say nothing and are left out.
 */
export function stabilityIndex(
  reference: readonly number[],
  referenceRows: number,
  current: readonly number[],
  rows: number,
): { readonly psi: number; readonly usedBins: number } {
  const used = reference
    .map((share, bin) => ({ then: share * referenceRows, now: current[bin] ?? 0 }))
    .filter(({ then, now }) => then > 0 || now > 0);
  const smooth = (count: number, total: number) => (count + PSEUDO_COUNT) / (total + PSEUDO_COUNT * used.length);
  const psi = used.reduce((sum, { then, now }) => {
    const p = smooth(then, referenceRows);
    const q = smooth(now, rows);
    return sum + (q - p) * Math.log(q / p);
  }, 0);
  return { psi, usedBins: used.length };
}
