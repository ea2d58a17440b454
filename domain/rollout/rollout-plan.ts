import type { ModelRef } from '../model-ref.js';
import type { RolloutStep, WatchPolicy } from './rollout-policy.js';
import type { SeenCheck } from './look.js';
import type { RolloutStanding } from './standing.js';

/** What lies between the approval of a promotion and its end. */
export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  readonly watch: WatchPolicy;
  /** Where the ledger had it when this run began to work on it. */
  readonly standing: RolloutStanding;
  /** The run was started for another version: it only brings this promotion to its end, then goes on with its own. */
  readonly isOther: boolean;
}

/**
 * The steps that a challenger takes before it is champion; null where the champion changes at once. A first champion has
 * nobody to be rolled out beside.
 */
export function rolloutOf({
  rollout,
  champion,
}: {
  readonly rollout?: RolloutPlan;
  readonly champion: ModelRef | null;
}): RolloutPlan | null {
  if (rollout === undefined || champion === null) return null;
  return rollout.steps.length > 0 || rollout.standing.status !== 'not-begun' ? rollout : null;
}

/** What a person sees of a step or a watch that is under way. */
export interface RolloutProgress {
  readonly phase: 'step' | 'watch';
  /** Position of the step, from 1; null for the watch. */
  readonly step: number | null;
  readonly steps: number;
  /** Percent of the entities that the challenger serves. */
  readonly sharePercent: number;
  readonly cyclesPublished: number;
  readonly cyclesMatured: number;
  readonly cyclesNeeded: number;
  /** What the last look said. */
  readonly sentence: string;
  /** What it asked and found; left out by runs from before it was shown. */
  readonly checks?: readonly SeenCheck[];
}

/** The part of a step that says whom the challenger serves. */
export type PlannedShare = { readonly kind: 'shadow' } | { readonly kind: 'share'; readonly sharePercent: number };

/** Percent of the entities that the challenger serves during a step. */
export function shareOf(step: PlannedShare): number {
  return step.kind === 'shadow' ? 0 : step.sharePercent;
}

/** Such as `step 2 of 3, 25 % of the entities` or `the watch`. */
export function namePlace({
  step,
  steps,
  sharePercent,
}: Pick<RolloutProgress, 'step' | 'steps' | 'sharePercent'>): string {
  if (step === null) return 'the watch';
  const who = sharePercent === 0 ? 'in shadow' : `${String(sharePercent)} % of the entities`;
  return `step ${String(step)} of ${String(steps)}, ${who}`;
}
