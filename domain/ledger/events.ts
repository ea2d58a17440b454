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
  /** What people read of the report, page and model card, by hash; left out by records from before it was kept. */
  readonly pages?: readonly FileRef[];
  /** What the rows were judged on; who judges on overlapping rows later counts this challenger. */
  readonly windows?: readonly Window[];
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

/** Why a decision did not count. */
export const decisionRefusals = [
  /** The champion has changed in the promotion's name: only a rollback takes that back. */
  'after-change',
  /** The promotion is over. */
  'after-end',
  /** A decision before it is final. */
  'already-decided',
  /** At the deadline or later. */
  'after-deadline',
  /** It names an earlier report of this promotion, which is void. */
  'old-report',
  /** It names another report, or none. */
  'other-report',
  'no-reason',
  /** The definition cannot be read now, so nobody knows who may decide. */
  'policy-unreadable',
  /** A decision with this nonce is in the ledger already. */
  'replayed',
  /** Not named by the policy, or not any more. */
  'unknown-approver',
  'bad-signature',
  /** Without a signature, where the policy asks for one. */
  'unsigned',
  /** Approved by whoever opened the promotion. */
  'requester',
  /** Approved by whoever trained the challenger. */
  'trainer',
  /** The same person has approved this report before. */
  'twice',
  /** The ledger itself would not take it. */
  'ledger-rule',
] as const;

export type DecisionRefusal = (typeof decisionRefusals)[number];

/**
 * A person's decision arrived; `accepted` says whether it counted and `note` why not. What is optional is left out by
 * records from before decisions were signed.
 */
export interface DecisionReceived {
  readonly type: 'decision-received';
  readonly promotionId: string;
  readonly decision: 'approve' | 'reject' | 'abort';
  readonly by: string;
  /** What the person named; null for abort, which needs none. */
  readonly reportDigest: string | null;
  readonly accepted: boolean;
  readonly note: string;
  /** Present when it did not count. */
  readonly refusal?: DecisionRefusal;
  /** `verified`: its signature is that of the named approver's key. `claimed`: nobody vouches for the name. */
  readonly identity?: 'verified' | 'claimed';
  /** sha256 of the raw public key that the signature was checked with. */
  readonly key?: string;
  readonly nonce?: string;
  /** Ed25519 in base64; see `contracts/approval-signature.ts` for what it covers. */
  readonly signature?: string;
  /** What the server says about who sent the signal, where it says anything. */
  readonly principal?: string;
  /** How many different people had to approve when this was judged. */
  readonly quorum?: number;
  /** The definition whose approval policy judged it. */
  readonly definitionDigest?: string;
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

/** The registry alias was set to the head champion and read back. */
export interface AliasProjected {
  readonly type: 'alias-projected';
  readonly alias: string;
  readonly model: ModelRef;
  /** Number of the `champion-changed` record that this projects. */
  readonly changeNumber: number;
}

/** What somebody else may have done to what Gauntlet keeps in the registry. */
export const registryFindings = ['moved', 'deleted', 'version-removed', 'model-removed'] as const;
export type RegistryFinding = (typeof registryFindings)[number];

/**
 * The registry does not say what Gauntlet last made it say: the alias equals neither the head nor the last projection, or
 * what it should name is gone. Somebody else did it, or a late request. Written once for each finding.
 */
export interface AliasMovedElsewhere {
  readonly type: 'alias-moved-elsewhere';
  readonly alias: string;
  readonly expectedVersion: string;
  /** Null when the alias is gone. */
  readonly foundVersion: string | null;
  /** Left out by records from before removed versions were looked for: `deleted` without a found version, else `moved`. */
  readonly finding?: RegistryFinding;
}

/** A finding is over: Gauntlet set the alias again, or somebody else put it back. */
export interface AliasSettled {
  readonly type: 'alias-settled';
  readonly alias: string;
  readonly how: 'restored' | 'returned';
  /** Number of the `alias-moved-elsewhere` record. */
  readonly findingNumber: number;
  /** What the alias names now. */
  readonly version: string;
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

/** A rollback was rehearsed in a place of its own: nothing that is served changed. */
export interface RollbackDrilled {
  readonly type: 'rollback-drilled';
  readonly drillId: string;
  readonly from: ModelRef;
  readonly to: ModelRef;
  /** `fail` when the target could not be verified, or the rehearsal left other rows than it should have. */
  readonly verdict: 'pass' | 'fail';
  readonly windows: readonly Window[];
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  /** Windows served from shadow scores, and windows scored again. */
  readonly fromShadow: number;
  readonly rescored: number;
  /** From the check of the target to the commit that readers would see; 0 when it did not come to that. */
  readonly recoveryMs: number;
  readonly correctionsMs: number;
  readonly grounds: readonly string[];
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
  | AliasSettled
  | PredictionsReplaced
  | RollbackDrilled
  | WindowHeld
  | FallbackScored
  | WindowMonitored
  | Collected;
