import { incompleteBeta, logGamma } from './distributions.js';
import type { Proportion } from './proportions.js';

/**
 * What a mixture around the expected share weighs, in draws: its spread is that of the share of so many. Lighter, it needs
 * more draws for small mismatches; heavier, it hardly moves with the first hundred draws. With 30 and a chance of 0.001,
 * 72 of 100 draws show that a half is not one, and 601 of 10,000 that 5 % are not.
 */
const MIXTURE_DRAWS = 30;

/**
 * Whether hits come with exactly this share, however often somebody looks: below `alpha` at any look at all with a
 * probability of `alpha` at most, where they do. It is 1 / E, E being the likelihood of the draws mixed over a beta
 * distribution around the share, against that of the share itself: a martingale, so Ville's inequality bounds all looks
 * together (Robbins 1970; for counts Lindon and Malek 2022, "Anytime-Valid Inference for Multinomial Count Data"). A share
 * of 0 or 1 leaves no room for chance, so anything else has a chance of 0.
 */
export function chanceOfShare({ count, of }: Proportion, share: number): number {
  if (share <= 0 || share >= 1) return count === of * share ? 1 : 0;
  const [hits, misses] = [MIXTURE_DRAWS * share, MIXTURE_DRAWS * (1 - share)];
  const mixture = logBeta(hits + count, misses + of - count) - logBeta(hits, misses);
  return chanceOf(mixture - logLikelihood({ count, of }, share));
}

/**
 * The same for hits that come with a share of `limit` at most: the likelihood is mixed evenly over the shares above it.
 * Each of them against the limit only loses by hits that are rarer than the limit, so the bound holds below it too.
 */
export function chanceOfAtMost({ count, of }: Proportion, limit: number): number {
  if (limit >= 1 || count === 0) return 1;
  if (limit <= 0) return 0;
  const above = Math.max(0, 1 - incompleteBeta(limit, count + 1, of - count + 1));
  const mixture = Math.log(above) + logBeta(count + 1, of - count + 1) - Math.log1p(-limit);
  return chanceOf(mixture - logLikelihood({ count, of }, limit));
}

function chanceOf(logEvidence: number): number {
  return Math.min(1, Math.exp(-logEvidence));
}

function logLikelihood({ count, of }: Proportion, share: number): number {
  return count * Math.log(share) + (of - count) * Math.log1p(-share);
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}
