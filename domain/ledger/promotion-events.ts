import type { CheckVerdict } from '../gates/gate-report.js';
import type { FileRef, ModelRef } from '../model-ref.js';
import type { GateMode } from '../gates/gate-rule.js';
import type { RolloutLook } from '../rollout/look.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';

/** One promotion per pipeline is open from here until its `promotion-closed`. */
export interface PromotionOpened {
  readonly type: 'promotion-opened';
  readonly promotionId: string;
  readonly kind: 'bootstrap' | 'promotion';
  readonly challenger: ModelRef;
}

/** The gates were measured and their report written. */
export interface GatesEvaluated {
  readonly type: 'gates-evaluated';
  readonly promotionId: string;
  /** sha256 of the canonical gate report: what an approval has to name. */
  readonly reportDigest: string;
  readonly challengerDigest: string;
  /** Null when the opponent was the baseline. */
  readonly championDigest: string | null;
  readonly decisionEpoch: number;
  readonly verdict: Verdict;
  readonly checks: readonly {
    readonly name: string;
    /** Left out by records from before there were modes: everything was enforced. */
    readonly mode?: GateMode;
    readonly verdict: CheckVerdict;
    readonly why: string;
  }[];
  /** What people read of the report, page and model card, by hash; left out by records from before it was kept. */
  readonly pages?: readonly FileRef[];
  /** What the rows were judged on; who judges on overlapping rows later counts this challenger. */
  readonly windows?: readonly Window[];
  /** The definition that it was measured by, and whose rollout follows. Left out by records from before it was kept. */
  readonly definitionDigest?: string;
  /** After this instant the report is too old to be approved. */
  readonly validUntil: string;
}

/** A person is asked: to approve the gate report, or to say how a rollout goes on that a look could not settle. */
export interface ApprovalRequested {
  readonly type: 'approval-requested';
  readonly promotionId: string;
  /** Of the gate report, or of the look. */
  readonly reportDigest: string;
  readonly deadlineAt: string;
  /** How many different people have to approve. Left out by records from before there was a quorum: one. */
  readonly quorum?: number;
}

/**
 * The configured webhook was told that an approval waits. Written after it was told: it is told again only when the
 * attempt before died in between.
 */
export interface ApprovalNotified {
  readonly type: 'approval-notified';
  readonly promotionId: string;
  readonly reportDigest: string;
}

/** `rolled-back`: its rollout or its watch found harm, and what it had served was taken back. */
export type PromotionOutcome =
  'promoted' | 'refused' | 'rejected' | 'aborted' | 'expired' | 'superseded' | 'rolled-back';

/** The promotion is over. Nothing after this may change a champion in its name. */
export interface PromotionClosed {
  readonly type: 'promotion-closed';
  readonly promotionId: string;
  readonly outcome: PromotionOutcome;
  readonly challengerDigest: string;
  readonly reportDigest: string | null;
  readonly grounds: readonly string[];
}

/** THE change of champion. Each one starts a new decision epoch. */
export interface ChampionChanged {
  readonly type: 'champion-changed';
  readonly cause: 'bootstrap' | 'promotion' | 'rollback' | 'adoption';
  /** The promotion or rollback that made it, or the finding that was adopted. */
  readonly decisionId: string;
  readonly from: ModelRef | null;
  readonly to: ModelRef;
  /**
   * The evidence; null for a rollback, which restores what evidence promoted before, and for an adoption, which follows
   * what somebody did in the registry.
   */
  readonly reportDigest: string | null;
  /** Number of the accepted `decision-received` record; null for a rollback and an adoption. */
  readonly approvalNumber: number | null;
  /** Digests that must not serve any run pinned before this record. Filled by a rollback. */
  readonly revokedDigests: readonly string[];
}

/**
 * A step of a rollout begins, or the rollout ends without the challenger. Who serves is another one from here on, so
 * each of these starts a new decision epoch, like a change of champion.
 */
export interface SplitChanged {
  readonly type: 'split-changed';
  readonly promotionId: string;
  /** Position of the step in the rollout plan, from 0; null when the rollout ended and the champion serves alone. */
  readonly step: number | null;
  readonly challenger: ModelRef;
  /** Percent of the entities whose rows the challenger serves, 0..100; with 0 it only scores in shadow. */
  readonly sharePercent: number;
  /** Goes into the hash that draws the cohort. The same for all steps of a promotion, so members stay as shares grow. */
  readonly salt: string;
  readonly grounds: readonly string[];
  /** The definition whose plan this follows: a run that takes over goes on by it. Left out by an end. */
  readonly definitionDigest?: string;
  /** How the promotion is closed that this ends; left out by a step. */
  readonly outcome?: PromotionOutcome;
  /** Digests that must not serve any run pinned before this record: the challenger's, where its rollout was stopped. */
  readonly revokedDigests: readonly string[];
}

/** Challenger and champion were compared on rows that both have scored since a step of the rollout, or the watch, began. */
export interface RolloutAnalyzed {
  readonly type: 'rollout-analyzed';
  readonly promotionId: string;
  readonly phase: 'step' | 'watch';
  /** The step that was looked at; null for the watch. */
  readonly step: number | null;
  /** sha256 of the canonical analysis: what a person's go-ahead has to name when it settles nothing. */
  readonly reportDigest: string;
  /** What the evidence says; a look before the last cycle that finds nothing wrong is inconclusive. */
  readonly verdict: Verdict;
  /** What followed. */
  readonly status?: RolloutLook['status'];
  /** It failed, or settled nothing after the last cycle, and was waited after all the same, as the policy allows. */
  readonly isTolerated?: boolean;
  readonly sentence: string;
  /** Windows with matured labels that it judged. */
  readonly windows: readonly Window[];
}
