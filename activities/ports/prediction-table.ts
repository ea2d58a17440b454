import type { CommitInfo, TableCommit, TableFile, TableState } from '../../domain/published-table.js';

export type { CommitInfo, PublishedWindow, TableCommit, TableFile, TableState } from '../../domain/published-table.js';

/** Champion predictions, or the scores of models that did not serve. */
export type TableName = 'predictions' | 'shadow-predictions';

/** A Delta Lake table per pipeline, read and written by the public protocol (reader 1, writer 2). */
export interface PredictionTable {
  /** Folder of the table, relative to the store. */
  folder(pipeline: string, table: TableName): string;
  /** The newest version, or the one asked for; INVALID_INPUT when it does not exist, TABLE_CORRUPT when it cannot be read. */
  load(pipeline: string, table: TableName, version?: number): Promise<TableState>;
  /** All commits, oldest first. */
  history(pipeline: string, table: TableName): Promise<readonly TableCommit[]>;
  /**
   * Creates exactly `version`. `conflict` when somebody else has that number; `already` when that number holds a commit
   * of the same identity and epoch.
   */
  commit(
    pipeline: string,
    table: TableName,
    version: number,
    change: { readonly add: readonly TableFile[]; readonly remove: readonly TableFile[]; readonly info: CommitInfo },
  ): Promise<'created' | 'conflict' | 'already'>;
}
