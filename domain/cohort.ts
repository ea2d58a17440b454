import type { ModelRef } from './model-ref.js';

/** How the entities of a challenger's cohort are drawn. */
export interface CohortDraw {
  /** The same for all steps of a promotion, so that nobody who was drawn leaves while the share grows. */
  readonly salt: string;
  /** Percent of the entities, 0..100, with two decimals at most. */
  readonly sharePercent: number;
}

/** A rollout step as a scoring run pinned it. With a share of 0 the challenger only scores in shadow. */
export interface PinnedSplit extends CohortDraw {
  readonly promotionId: string;
  /** Position of the step in the rollout plan, from 0. */
  readonly step: number;
  readonly challenger: ModelRef;
}

/** Entities are hashed into so many buckets of a hundredth of a percent each. */
export const cohortBuckets = 10_000;

/** Percent to buckets. */
const bucketsPerPercent = 100;

/** The buckets below this number belong to the challenger: none for 0 %, all for 100 %. */
export function cohortLimit(sharePercent: number): number {
  return Math.min(cohortBuckets, Math.max(0, Math.round(sharePercent * bucketsPerPercent)));
}

/**
 * Whether the challenger serves an entity. `hash` is the entity's number, 0..2^32-1: the first four bytes, the most
 * significant one first, of md5 of the salt, a colon and the entity. An entity that is missing has none and is the
 * champion's. A larger share has the same buckets and more, so members stay.
 */
export function isInCohort(hash: number | null, sharePercent: number): boolean {
  return hash !== null && hash % cohortBuckets < cohortLimit(sharePercent);
}
