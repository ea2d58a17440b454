import type { Collected } from './collection-events.js';
import type { DecisionReceived } from './decision-events.js';
import type {
  ApprovalNotified,
  ApprovalRequested,
  ChampionChanged,
  GatesEvaluated,
  PromotionClosed,
  PromotionOpened,
  RolloutAnalyzed,
  SplitChanged,
} from './promotion-events.js';
import type {
  FallbackScored,
  PredictionsReplaced,
  RollbackDrilled,
  WindowHeld,
  WindowMonitored,
} from './publication-events.js';
import type { AliasMovedElsewhere, AliasProjected, AliasSettled } from './registry-events.js';
import type { ModelRef } from '../model-ref.js';
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
