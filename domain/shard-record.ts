import type { TableFile } from './published-table.js';
import type { ShardFacts } from './shard-facts.js';

/**
 * One part of a snapshot as a run scored it: written once the part's files are in the tables' folders, so that whoever
 * goes on with the same run identity takes the part over instead of scoring it again.
 */
export interface ShardRecord {
  readonly schemaVersion: 1;
  readonly runIdentity: string;
  readonly partIndex: number;
  /** sha256 of the snapshot part that was scored. */
  readonly partSha256: string;
  /** Identity of the publication that decisions were compared with; null where the window had none. */
  readonly comparedWith: string | null;
  /**
   * Those that are served first; none for a part without rows. One per model, but where a challenger serves a cohort: two
   * per model then, one of the rows that it serves and one of those that the other one serves, as far as there are any.
   */
  readonly files: readonly TableFile[];
  /** How many of the files are served; left out where one model serves the part, which is the first file. */
  readonly servedFiles?: number;
  readonly facts: ShardFacts;
}
