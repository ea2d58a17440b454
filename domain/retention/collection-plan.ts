import type { CollectedFile } from '../ledger/collection-events.js';
import type { LedgerState } from '../ledger/state.js';
import type { RetentionPolicy } from '../pipeline-definition.js';
import type { TableCommit } from '../published-table.js';
import type { StagedFile, StoredFile } from './stored-file.js';

/**
 * Why a file may go. `staged`: left by a process that is gone. `unfinished`: of a snapshot or model that never came to
 * be. `evaluations` and `shards`: in-between results of runs that are over. The others need a ledger record first.
 */
export type CollectRule = 'staged' | 'unfinished' | 'evaluations' | 'shards' | CollectedFile['rule'];

/** One table of the pipeline as its log tells it. */
export interface TableFacts {
  /** Relative to the store. */
  readonly folder: string;
  readonly commits: readonly TableCommit[];
}

/** Everything that a decision about files rests on. The listing is as old as `now`, the rest is at least as new. */
export interface RetentionFacts {
  readonly pipeline: string;
  readonly now: string;
  readonly policy: RetentionPolicy;
  readonly ledger: LedgerState;
  readonly tables: readonly TableFacts[];
  /** Models that the ledgers of other pipelines know, by digest, with one of those pipelines. */
  readonly modelsElsewhere: ReadonlyMap<string, string>;
  /** sha256 of the files that manifests of snapshots and models name, by store path. */
  readonly manifested: ReadonlyMap<string, string>;
  /** Snapshots that gate reports within the horizon, or of the open promotion, were measured on. */
  readonly evidenceSnapshots: ReadonlySet<string>;
  /** Files that young shard records name, by store path: their run may go on. */
  readonly shardFiles: ReadonlySet<string>;
  readonly files: readonly StoredFile[];
  readonly staged: readonly StagedFile[];
}

/** What happens to one file. */
export type FileDecision =
  | { readonly status: 'keep'; readonly path: string; readonly bytes: number; readonly why: string }
  | {
      readonly status: 'collect';
      readonly path: string;
      readonly bytes: number;
      readonly rule: CollectRule;
      /** Null where no log or manifest says it. */
      readonly sha256: string | null;
      /** The record that names this very file; null when none is needed, or none is written yet. */
      readonly recordNumber: number | null;
    };

/** Whether a rule needs a ledger record before it may remove anything. */
export function isRecordedRule(rule: CollectRule): rule is CollectedFile['rule'] {
  return rule === 'uncommitted' || rule === 'publications' || rule === 'snapshots' || rule === 'models';
}
