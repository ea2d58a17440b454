import type { FileRef, ModelRef } from '../model-ref.js';
import type { CheckVerdict } from '../gates/gate-report.js';
import type { GateMode } from '../pipeline-definition.js';
import type { RolloutLook } from '../rollout/look.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';

/** A trained version exists, complete in the store and in the registry. */
export interface ModelRegistered {
  readonly type: 'model-registered';
  /** The data clock of its training: nothing known later was looked at. */
  readonly asOf: string;
  readonly model: ModelRef;
  readonly definitionDigest: string;
  readonly trainingSnapshotDigest: string;
  readonly trainingWindow: Window;
  /** Held out of training to learn the decision threshold; later than the training window. */
  readonly validationWindow: Window;
  readonly registryRunId: string;
}

/** The retrain rule was asked, and this is what it said, either way. */
export interface RetrainDecided {
  readonly type: 'retrain-decided';
  readonly asOf: string;
  readonly decision: 'retrain' | 'skip';
  /** The facts the rule weighed, one sentence each. */
  readonly grounds: readonly string[];
}

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
  /** What the rows were judged on; who judges on overlapping rows later counts this challenger. */
  readonly windows?: readonly Window[];
  /** After this instant the report is too old to be approved. */
  readonly validUntil: string;
}

/** A person is asked. */
export interface ApprovalRequested {
  readonly type: 'approval-requested';
  readonly promotionId: string;
  readonly reportDigest: string;
  readonly deadlineAt: string;
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

/** A person's decision arrived; `accepted` says whether it counted and `note` why not. */
export interface DecisionReceived {
  readonly type: 'decision-received';
  readonly promotionId: string;
  readonly decision: 'approve' | 'reject' | 'abort';
  readonly by: string;
  /** What the person named; null for abort, which needs none. */
  readonly reportDigest: string | null;
  readonly accepted: boolean;
  readonly note: string;
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
  readonly cause: 'bootstrap' | 'promotion' | 'rollback';
  /** The promotion or rollback that made it. */
  readonly decisionId: string;
  readonly from: ModelRef | null;
  readonly to: ModelRef;
  /** The evidence; null for a rollback, which restores what evidence promoted before. */
  readonly reportDigest: string | null;
  /** Number of the accepted `decision-received` record; null for a rollback. */
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

/** The registry alias was set to the head champion and read back. */
export interface AliasProjected {
  readonly type: 'alias-projected';
  readonly alias: string;
  readonly model: ModelRef;
  /** Number of the `champion-changed` record that this projects. */
  readonly changeNumber: number;
}

/** The alias equals neither the head nor the last projection: somebody else moved it, or a late request did. */
export interface AliasMovedElsewhere {
  readonly type: 'alias-moved-elsewhere';
  readonly alias: string;
  readonly expectedVersion: string;
  /** Null when the alias is gone. */
  readonly foundVersion: string | null;
}

/** Served predictions of a version that was taken back were replaced, all windows in one Delta commit. */
export interface PredictionsReplaced {
  readonly type: 'predictions-replaced';
  /** The rollback, or the promotion whose rollout ended. */
  readonly rollbackId: string;
  readonly tableVersion: number;
  readonly windows: readonly Window[];
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  /** Rows whose score or decision changed, old and new; null when no row was served by the bad version. */
  readonly correctionFile: FileRef | null;
}

/** A new window failed its audit: it stays absent until a later run passes. */
export interface WindowHeld {
  readonly type: 'window-held';
  readonly window: Window;
  readonly runIdentity: string;
  readonly modelDigest: string;
  readonly grounds: readonly string[];
}

/** The champion could not score a window, and this one did instead. */
export interface FallbackScored {
  readonly type: 'fallback-scored';
  readonly window: Window;
  readonly runIdentity: string;
  readonly intendedDigest: string;
  readonly servedDigest: string;
  readonly grounds: readonly string[];
}

/** A matured window was compared with its labels, and its inputs with the training profile. */
export interface WindowMonitored {
  readonly type: 'window-monitored';
  readonly window: Window;
  readonly reportDigest: string;
  readonly verdict: Verdict;
  /** Share of published rows that have a label, 0..1. */
  readonly labelCoverage: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly driftedFeatures: readonly string[];
  /** Loss of performance is shown on the labels. */
  readonly decayed: boolean;
}

/** Rules that take out files which a manifest, a commit or a record names, or may be about to: never without a record. */
export const recordedRules = ['uncommitted', 'publications', 'snapshots', 'models'] as const;

/** A file that `collect` took out of the store, or is about to. */
export interface CollectedFile {
  /** Relative to the store's root. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rule: (typeof recordedRules)[number];
}

/** Files that retention takes out. Written before the first of them is removed; one that is still there is kept or waits. */
export interface Collected {
  readonly type: 'collected';
  readonly files: readonly CollectedFile[];
}

export type LedgerEvent =
  | ModelRegistered
  | RetrainDecided
  | PromotionOpened
  | GatesEvaluated
  | ApprovalRequested
  | ApprovalNotified
  | DecisionReceived
  | PromotionClosed
  | ChampionChanged
  | SplitChanged
  | RolloutAnalyzed
  | AliasProjected
  | AliasMovedElsewhere
  | PredictionsReplaced
  | WindowHeld
  | FallbackScored
  | WindowMonitored
  | Collected;
