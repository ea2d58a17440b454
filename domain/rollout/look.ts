import type { LookCheck } from './analysis.js';

/** What one look at a step of a rollout, or at the watch, says: what both sides scored so far, compared on labels that are known. */
export interface RolloutLook {
  /**
   * `waiting`: the cycles are not over, or their labels are not known yet, and nothing is wrong. `pass`: on to the next
   * step. `fail`: harm is shown or a guardrail broke. `inconclusive`: the cycles are over and settle nothing, so a person
   * is asked.
   */
  readonly status: 'waiting' | 'pass' | 'fail' | 'inconclusive';
  /** For a person, with the numbers. */
  readonly sentence: string;
  /** sha256 of the canonical analysis in the store; null while there is nothing to analyse. */
  readonly reportDigest: string | null;
  /** Windows published since the step, or the watch, began. */
  readonly cyclesPublished: number;
  /** Those of them whose labels are known. */
  readonly cyclesMatured: number;
  readonly cyclesNeeded: number;
  /** What was asked and answered, as the analysis has it; left out where nothing was analysed. */
  readonly checks?: readonly SeenCheck[];
}

/** A check as people see it: the value, the limit and what it rests on are left out by looks from before they were shown. */
export type SeenCheck = Pick<LookCheck, 'name' | 'verdict' | 'why'> &
  Partial<Pick<LookCheck, 'value' | 'limit' | 'n' | 'unit'>>;
