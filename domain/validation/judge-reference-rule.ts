import type { TrainingProfile } from '../model-bundle.js';
import { referenceShares } from '../monitoring/reference-shares.js';
import { chiSquareQuantile, normalQuantile } from '../statistics/distributions.js';
import { computeJensenShannon, computeLInfinity } from './distances.js';
import type { Finding, RuleMeasure } from './results.js';
import { shortNumber } from './rule-words.js';
import type { BatchRule } from './rules.js';

/** A column that has not moved stays below what chance alone gives in 999 of 1,000 windows. */
const NULL_QUANTILE = 0.999;

/**
 * Distance of the share of missing values from the training rows', which may reach the limit. In standard deviations it
 * is that of the difference of two shares; where the training rows had no missing value at all, any is too many.
 */
export function judgeNullShareChange(
  rule: Extract<BatchRule, { check: 'null-share-change' }>,
  { checked, value }: RuleMeasure,
  profile: TrainingProfile,
): Finding {
  const then = profile.numeric[rule.column]?.nullShare ?? profile.categorical[rule.column]?.nullShare;
  if (then === undefined || value === null) {
    return { held: null, found: null, what: `the champion's profile has no share of missing ${rule.column}` };
  }
  const now = value / checked;
  // Twelve digits: a difference of exactly the limit must not fail for the last bit of a subtraction.
  const distance = Number(Math.abs(now - then).toPrecision(12));
  const deviation = Math.sqrt(then * (1 - then) * (1 / checked + 1 / profile.rows));
  const held = rule.unit === 'share' ? distance <= rule.max : distance <= rule.max * deviation;
  const what = `share ${shortNumber(now)} of ${rule.column} is missing, ${shortNumber(then)} of the training rows`;
  return { held, found: distance, what };
}

/**
 * Distance of the bins from the training rows' bins. The limit is the rule's, but never below what chance alone gives with
 * these numbers of rows, because with few rows a fixed limit would mostly alarm about nothing.
 */
export function judgeDistribution(
  rule: Extract<BatchRule, { check: 'distribution' }>,
  { checked, bins }: RuleMeasure,
  profile: TrainingProfile,
): Finding {
  const reference = referenceShares(profile, rule.column);
  if (reference?.length !== bins?.length || reference === null || bins === null) {
    return { held: null, found: null, what: `the champion's profile has no bins of ${rule.column}` };
  }
  const current = bins.map((count) => count / checked);
  const isNumeric = rule.column in profile.numeric;
  const distance = (isNumeric ? computeJensenShannon : computeLInfinity)(reference, current);
  const found = Number(distance.toPrecision(12));
  const scale = 1 / checked + 1 / profile.rows;
  const limit = Math.max(
    rule.max,
    isNumeric ? jensenShannonByChance(reference, scale) : lInfinityByChance(reference, scale),
  );
  const name = isNumeric ? 'Jensen-Shannon distance' : 'L-infinity distance';
  const chance = limit > rule.max ? `, and chance alone gives up to ${shortNumber(limit)}` : '';
  return {
    held: found <= limit,
    found,
    what: `${name} ${shortNumber(found)} of ${rule.column} from the training rows${chance}`,
  };
}

/** Close to equality the divergence in bits is chi-squared, one degree fewer than bins, times scale / (8 ln 2). */
function jensenShannonByChance(reference: readonly number[], scale: number): number {
  const degrees = reference.filter((share) => share > 0).length - 1;
  return degrees < 1 ? 0 : Math.sqrt((scale * chiSquareQuantile(NULL_QUANTILE, degrees)) / (8 * Math.LN2));
}

/** The bin that varies most, with the quantile shared among all bins (Bonferroni). */
function lInfinityByChance(reference: readonly number[], scale: number): number {
  const variance = Math.max(...reference.map((share) => share * (1 - share))) * scale;
  return normalQuantile(1 - (1 - NULL_QUANTILE) / (2 * reference.length)) * Math.sqrt(variance);
}
