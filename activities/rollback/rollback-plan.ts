import type { Actor } from '../../domain/ledger/record.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { ReplacedDecisions } from '../../domain/replaced-decisions.js';
import type { RollbackResult } from '../../workflows/api.js';

/** What a rollback restores, checked before anything is changed. */
export interface RollbackPlan {
  readonly pipeline: string;
  readonly definitionDigest: string;
  /** Names the rollback in the ledger and in the table. */
  readonly rollbackId: string;
  readonly from: ModelRef;
  readonly to: ModelRef;
  /** Whom the record takes back: the champion, and a challenger that served beside it. Left out by older runs. */
  readonly revokedDigests?: readonly string[];
  readonly dryRun: boolean;
  /** A rehearsal: everything is done in a place of its own, nothing is served. Left out by older runs. */
  readonly drill?: boolean;
  /** The answer to a dry run: what would be replaced. */
  readonly preview: RollbackResult;
  /** The run of the promotion that this ends, which is told; left out where none rolls out or watches. */
  readonly promotionWorkflowId?: string;
  readonly actor: Actor;
  readonly reason: string;
}

/** What replacing predictions needs to know: of a rollback, or of a rollout that ended without its challenger. */
export type ReplacementPlan = Pick<
  RollbackPlan,
  'pipeline' | 'definitionDigest' | 'rollbackId' | 'from' | 'to' | 'reason'
>;

/** What replacing the bad version's predictions came to. */
export type ReplacedPredictions = Pick<
  RollbackResult,
  | 'summary'
  | 'windows'
  | 'rowsReplaced'
  | 'decisionsChanged'
  | 'fromShadow'
  | 'rescored'
  | 'correctionFile'
  | 'tableVersion'
  | keyof ReplacedDecisions
>;
