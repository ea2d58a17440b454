import type { CheckVerdict, FoldSides } from '../domain/gates/gate-report.js';
import type { GateMode } from '../domain/gates/gate-rule.js';
import type { Verdict } from '../domain/verdict.js';
import type { Window } from '../domain/window.js';
import type { FileRef, ModelRef } from '../domain/model-ref.js';
import type { HarmReach } from '../domain/rollout/harm-reach.js';
import type { RolloutProgress } from '../domain/rollout/rollout-plan.js';
import type { TransitionPlan } from '../domain/promotion/transition-plan.js';
import type { PromotionOutcome } from '../domain/ledger/promotion-events.js';
import type { ChurnAudit, ModelAudit } from '../domain/audit/audit-report.js';

/** Task queues by the resource their work needs. People only ever type the first one. */
export const taskQueues = {
  control: 'gauntlet',
  compute: 'gauntlet-compute',
  train: 'gauntlet-train',
} as const;

export { workflowTypes, type WorkflowType } from '../domain/workflow-inputs.js';
export type {
  BacktestInput,
  MonitorInput,
  PromoteInput,
  RetrainInput,
  RollbackInput,
  ScoreInput,
} from '../domain/workflow-inputs.js';

/** Signals of `promote`; each takes one JSON object, see `DecisionMessage`. */
export const signalNames = { approve: 'approve', reject: 'reject', abort: 'abort' } as const;

/** Signals that runs send to a promotion, so that it looks before its poll interval is over. None of them decides anything. */
export const newsSignals = {
  /** By `score`, after a publication. */
  cyclePublished: 'cycle-published',
  /** By `monitor`, after it judged windows. */
  windowsJudged: 'windows-judged',
  /** By `rollback`, when it has restored a champion. */
  championRestored: 'champion-restored',
  /** By a promotion that waits for its turn; see `QueuedMessage`. */
  queuedBehind: 'queued-behind',
  /** To a promotion that waits, when the one before it is over. */
  turnCame: 'turn-came',
} as const;

/** What a promotion that waits tells the one before it. */
export interface QueuedMessage {
  readonly workflowId: string;
  readonly version: string;
  /** It is newer and wants the other one stopped. */
  readonly supersedes: boolean;
}

/**
 * Search attributes that runs are listed and filtered by, all keywords. A server has to know them before a run may set
 * them; where it does not, runs go without.
 */
export const searchAttributeNames = {
  pipeline: 'GauntletPipeline',
  phase: 'GauntletPhase',
  verdict: 'GauntletVerdict',
  waitingFor: 'GauntletWaitingFor',
} as const;

/** Answers a `WorkflowStatus`, for people at a terminal and for scripts. */
export const statusQueryName = 'status';

/** What a person sends with `approve`, `reject` or `abort`. `reportDigest` may be a unique prefix of at least 8 characters. */
export interface DecisionMessage {
  readonly by: string;
  readonly reportDigest?: string;
  /** Needed to approve and to reject. */
  readonly reason?: string;
  /** With a signature only: 16 to 64 letters, digits, `-` or `_` that were never used before. */
  readonly nonce?: string;
  /** Ed25519 in base64, over what `contracts/approval-signature.ts` says. */
  readonly signature?: string;
}

/** Where a run stands, in a form that fits every workflow. */
export interface WorkflowStatus {
  readonly phase: string;
  /** What it waits for, when it waits. */
  readonly waitingFor: string | null;
  readonly reportDigest: string | null;
  readonly deadlineAt: string | null;
  readonly rowsDone: number | null;
  readonly rows: number | null;
  /** What the gates, or the monitored windows, came to; left out until then. */
  readonly verdict?: Verdict;
  /** Decisions and messages that did not count, and why. */
  readonly notes: readonly string[];
  /** The step or the watch that is under way; left out before and after. */
  readonly rollout?: RolloutProgress | null;
}

export interface ScoreResult {
  readonly status: 'published' | 'already-published' | 'held' | 'superseded' | 'overtaken' | 'revoked';
  readonly summary: string;
  readonly window: Window;
  readonly model: ModelRef;
  readonly cohort: 'champion' | 'fallback';
  readonly rows: number;
  readonly positives: number;
  /** Who serves a cohort beside `model`, and how many of the rows and positive decisions are its; left out where nobody does. */
  readonly challenger?: {
    readonly model: ModelRef;
    readonly sharePercent: number;
    readonly rows: number;
    readonly positives: number;
  };
  /** Rows that no cohort can be drawn for, so the champion serves them; only where a challenger serves one. */
  readonly rowsWithoutEntity?: number;
  readonly shadowVersions: readonly string[];
  readonly runIdentity: string;
  readonly tableVersion: number | null;
  /** The run of the open promotion, which is told of the publication; left out where there is none. */
  readonly promotionWorkflowId?: string;
  /** Steps down to a fallback, and why a window was not published. */
  readonly grounds: readonly string[];
  /** What validation said without stopping the window; left out by runs from before it did. */
  readonly warnings?: readonly string[];
  readonly audit: ScoreAudit;
}

/** What the audit measured. */
export interface ScoreAudit {
  /** Run identity or rollback id of what was published for the window before; null for a new window. */
  readonly comparedWith: string | null;
  /** The model that serves first, then its shadows. */
  readonly models: readonly (Omit<ModelAudit, 'modelDigest'> & { readonly version: string })[];
  /** `against` is `live` for what was published before, else the version of a shadow. */
  readonly churn: readonly ChurnAudit[];
}

export interface MonitorResult {
  readonly summary: string;
  readonly windows: readonly {
    readonly window: Window;
    readonly verdict: Verdict;
    readonly summary: string;
    readonly reportDigest: string;
  }[];
  readonly alias: string;
}

/** One fold as it was measured. */
export interface MeasuredFold {
  readonly window: Window;
  readonly rows: number;
  readonly snapshotDigest: string;
  /** The first metric of the report; this and `sides` are left out by runs from before they were kept. */
  readonly metrics?: readonly {
    readonly metric: string;
    readonly champion: number | null;
    readonly challenger: number | null;
  }[];
  readonly sides?: FoldSides;
}

/** A measured promotion policy: the report's digest and what a person needs to read first. */
export interface GateOutcome {
  readonly reportDigest: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly checks: readonly {
    readonly name: string;
    /** Left out by runs from before there were modes: everything was enforced. */
    readonly mode?: GateMode;
    readonly verdict: CheckVerdict;
    readonly value: string;
    readonly limit: string;
    readonly why: string;
  }[];
  /** Metric name to both sides and the difference with its interval, as text for reading. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly champion: number | null;
    readonly challenger: number | null;
    readonly difference: string;
  }[];
  readonly rows: number;
  readonly folds: readonly MeasuredFold[];
  readonly reportPath: string;
  /** What people read of the report, page and model card, by hash; left out by runs from before it was kept. */
  readonly pages?: readonly FileRef[];
  readonly reportUrl: string | null;
}

export interface BacktestResult extends GateOutcome {
  readonly summary: string;
  readonly challenger: ModelRef;
  /** Null when it was measured against the baseline. */
  readonly champion: ModelRef | null;
}

export interface RetrainResult {
  readonly status: 'trained' | 'skipped' | 'unchanged';
  readonly summary: string;
  readonly grounds: readonly string[];
  readonly model: ModelRef | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly promotionWorkflowId: string | null;
}

/** The transition that a promotion would make, and what undoing it would cost. */
export interface PlannedTransition extends TransitionPlan {
  /** Over everything but the cost: whoever applies it names this. */
  readonly planDigest: string;
  /** The data clock was given, so whoever applies it has to give the same; left out where it was today's. */
  readonly isAsOfAsked?: true;
  readonly undo: {
    /** Whom a rollback restores; null where the baseline is replaced. */
    readonly to: ModelRef | null;
    /** Median of recent windows; null where nothing was published. */
    readonly rowsPerWindow: number | null;
    /** At most, where no shadow scores stand ready; null where the report has no forecast. */
    readonly secondsPerWindow: number | null;
  };
  /** From how many windows on labels can show harm. Left out by plans from before it was said, and for a first champion. */
  readonly harm?: HarmReach;
}

export interface PromoteResult {
  readonly status: PromotionOutcome | 'dry-run' | 'in-progress-elsewhere';
  readonly summary: string;
  readonly promotionId: string | null;
  readonly challenger: ModelRef;
  readonly championBefore: ModelRef | null;
  readonly championAfter: ModelRef | null;
  readonly gates: GateOutcome | null;
  readonly approvedBy: string | null;
  readonly grounds: readonly string[];
  readonly alias: string | null;
  /** The run that the watch had roll back, and where the rows stand that changed; left out where it did not. */
  readonly rollback?: { readonly workflowId: string; readonly correctionFile: string | null };
  /** Only of a dry run that was asked for a plan. */
  readonly plan?: PlannedTransition;
}

/** A window that a rollback would replace. */
export interface PlannedWindow {
  readonly window: string;
  /** That the bad version serves. */
  readonly rows: number;
  /** That another model serves, and that stay. */
  readonly keptRows: number;
  /** Positive decisions among the rows. */
  readonly positives: number;
  readonly source: 'shadow' | 'scored again';
  /** Counted from the tables where the target scored in shadow; null where the window has to be scored first. */
  readonly decisionsChanged: number | null;
}

/** How long readers would have waited for the target's predictions, and then others for the correction file. */
export interface DrillOutcome {
  readonly verdict: 'pass' | 'fail';
  /** From the check of the target to the commit that readers see. */
  readonly recoveryMs: number;
  readonly correctionsMs: number;
  /** Why it failed. */
  readonly grounds: readonly string[];
}

export interface RollbackResult {
  readonly status: 'rolled-back' | 'dry-run' | 'drilled';
  readonly summary: string;
  readonly rollbackId: string | null;
  readonly from: ModelRef;
  readonly to: ModelRef;
  readonly windows: readonly string[];
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  readonly fromShadow: number;
  readonly rescored: number;
  readonly correctionFile: string | null;
  readonly tableVersion: number | null;
  readonly alias: string;
  /** What a plan would replace, oldest window first; left out by everything but plans. */
  readonly blast?: readonly PlannedWindow[];
  /** How a rehearsal went; left out by everything but drills. */
  readonly drill?: DrillOutcome;
}
