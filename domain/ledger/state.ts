import type { ModelRef } from '../model-ref.js';
import type { AliasMovedElsewhere, AliasProjected } from './registry-events.js';
import type {
  ChampionChanged,
  GatesEvaluated,
  PromotionOpened,
  PromotionOutcome,
  RolloutAnalyzed,
  SplitChanged,
} from './promotion-events.js';
import type { CollectedFile } from './collection-events.js';
import type { DecisionReceived } from './decision-events.js';
import type {
  FallbackScored,
  PredictionsReplaced,
  RollbackDrilled,
  WindowHeld,
  WindowMonitored,
} from './publication-events.js';
import type { LedgerEvent, ModelRegistered, RetrainDecided } from './events.js';
import type { Actor, LedgerHead, LedgerRecord } from './record.js';

/** A record together with its own hash, which only code outside the domain can compute. */
export interface ChainedRecord<E extends LedgerEvent = LedgerEvent> {
  readonly record: LedgerRecord<E>;
  readonly hash: string;
}

/** An event with the place and time of the record it stands in. */
export type Recorded<E extends LedgerEvent> = E & { readonly recordNumber: number; readonly at: string };

/** `isUnscored`: nothing could score, and its run published nothing; else what stands in has scored the window. */
export type RecordedFallback = Recorded<FallbackScored> & { readonly isUnscored: boolean };

/** Who was champion from decision epoch `epoch` and instant `since` on, until the next term begins. */
export interface ChampionTerm {
  readonly epoch: number;
  readonly model: ModelRef;
  readonly since: string;
  readonly recordNumber: number;
  readonly cause: ChampionChanged['cause'];
  readonly decisionId: string;
  readonly reportDigest: string | null;
  readonly approvalNumber: number | null;
}

/** One decision epoch in which a challenger was rolled out: what share of the entities it served. */
export interface SplitTerm extends Pick<
  SplitChanged,
  | 'promotionId'
  | 'step'
  | 'challenger'
  | 'sharePercent'
  | 'salt'
  | 'grounds'
  | 'definitionDigest'
  | 'outcome'
  | 'revokedDigests'
> {
  readonly epoch: number;
  readonly since: string;
  readonly recordNumber: number;
}

/** From `atEpoch` on, no run that was pinned to an earlier epoch may serve this model. */
export interface Revocation {
  readonly modelDigest: string;
  readonly atEpoch: number;
  /** Pins to epochs before this one are not meant: a rollout that ends takes back what it served, and no more. */
  readonly fromEpoch?: number;
}

/** What is known about a promotion, open or closed. */
export interface PromotionCourse {
  readonly promotionId: string;
  readonly kind: PromotionOpened['kind'];
  readonly challenger: ModelRef;
  readonly openedAt: string;
  readonly openedBy: Actor;
  readonly openedNumber: number;
  /** The latest gates; earlier reports are void. */
  readonly report: Recorded<GatesEvaluated> | null;
  /** The latest request for an approval. */
  readonly request: {
    readonly reportDigest: string;
    readonly deadlineAt: string;
    readonly recordNumber: number;
    /** Left out by requests from before there was a quorum. */
    readonly quorum?: number;
  } | null;
  /** Reports that the webhook was told about. */
  readonly notifiedDigests: readonly string[];
  readonly decisions: readonly Recorded<DecisionReceived>[];
  /** Looks at its rollout and its watch, oldest first. */
  readonly looks: readonly Recorded<RolloutAnalyzed>[];
  /** The champion change made in this promotion's name. */
  readonly change: { readonly epoch: number; readonly recordNumber: number } | null;
}

export type PromotionState =
  | (PromotionCourse & { readonly status: 'open' })
  | (PromotionCourse & {
      readonly status: 'closed';
      readonly outcome: PromotionOutcome;
      readonly grounds: readonly string[];
      readonly closedAt: string;
      readonly closedNumber: number;
    });

export type OpenPromotion = Extract<PromotionState, { status: 'open' }>;

/** A challenger that is not tried again on its own, and the record that says why. */
export interface Exclusion {
  readonly modelDigest: string;
  readonly because: 'refused' | 'rejected' | 'aborted' | 'rolled-back';
  readonly recordNumber: number;
}

/** Everything the ledger of one pipeline says, as a fold over its records. */
export interface LedgerState {
  readonly head: LedgerHead;
  /** Number of changes of champion or split so far; 0 before the first champion. */
  readonly decisionEpoch: number;
  readonly champion: ModelRef | null;
  /** What a rollback would restore: the newest earlier champion that is neither the current one nor revoked. */
  readonly previousChampion: ModelRef | null;
  readonly championHistory: readonly ChampionTerm[];
  /** The step of a rollout that is in force; null while the champion serves alone. */
  readonly split: SplitTerm | null;
  /** Every step of every rollout, and every end of one, oldest first. */
  readonly splitHistory: readonly SplitTerm[];
  readonly revocations: readonly Revocation[];
  /** First registration of each model, by model digest, in ledger order. */
  readonly models: ReadonlyMap<string, Recorded<ModelRegistered>>;
  readonly promotions: ReadonlyMap<string, PromotionState>;
  readonly openPromotion: OpenPromotion | null;
  readonly excludedChallengers: readonly Exclusion[];
  readonly lastProjection: Recorded<AliasProjected> | null;
  /** The head change, while no `alias-projected` record for it exists. */
  readonly pendingProjection: ChampionTerm | null;
  readonly aliasAlarms: readonly Recorded<AliasMovedElsewhere>[];
  /** What is wrong in the registry, until it is settled, or the alias or the champion moves on. */
  readonly openFinding: Recorded<AliasMovedElsewhere> | null;
  readonly retrainDecisions: readonly Recorded<RetrainDecided>[];
  readonly heldWindows: readonly Recorded<WindowHeld>[];
  readonly fallbacks: readonly RecordedFallback[];
  readonly monitoredWindows: readonly Recorded<WindowMonitored>[];
  /** By rollback id. */
  readonly replacements: ReadonlyMap<string, Recorded<PredictionsReplaced>>;
  /** Rehearsals of rollbacks, oldest first. */
  readonly drills: readonly Recorded<RollbackDrilled>[];
  /** By path; the latest record where a file came back and was taken out again. */
  readonly collected: ReadonlyMap<string, CollectedFile & { readonly recordNumber: number; readonly at: string }>;
}

/** The ledger nobody has written to. */
export const emptyLedger: LedgerState = {
  head: { number: 0, hash: null },
  decisionEpoch: 0,
  champion: null,
  previousChampion: null,
  championHistory: [],
  split: null,
  splitHistory: [],
  revocations: [],
  models: new Map(),
  promotions: new Map(),
  openPromotion: null,
  excludedChallengers: [],
  lastProjection: null,
  pendingProjection: null,
  aliasAlarms: [],
  openFinding: null,
  retrainDecisions: [],
  heldWindows: [],
  fallbacks: [],
  monitoredWindows: [],
  replacements: new Map(),
  drills: [],
  collected: new Map(),
};

/** The same content and the same place in the registry. */
export function isSameModel(a: ModelRef | null, b: ModelRef | null): boolean {
  if (a === null || b === null) return a === b;
  return a.modelDigest === b.modelDigest && a.registeredName === b.registeredName && a.version === b.version;
}
