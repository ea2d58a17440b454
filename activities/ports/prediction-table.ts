/** Champion predictions, or the scores of models that did not serve. */
export type TableName = 'predictions' | 'shadow-predictions';

/** One live data file of a Delta table. The facts beside the path are kept in the action's tags. */
export interface TableFile {
  /** Relative to the table's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  /** Partition value: the window's start, `2001-03-05` for whole days, else an instant. */
  readonly window: string;
  readonly windowEnd: string;
  readonly runIdentity: string;
  readonly modelDigest: string;
  readonly decisionEpoch: number;
  readonly snapshotDigest: string;
}

/** A table as one version shows it. Version -1 is the table that nobody has written to. */
export interface TableState {
  readonly version: number;
  readonly files: readonly TableFile[];
}

/** What one commit says about itself; stands in `commitInfo`. */
export interface CommitInfo {
  readonly operation: 'publish' | 'rollback';
  readonly at: string;
  readonly ledgerNumber: number;
  readonly ledgerHash: string | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly reason: string;
  /** Identity of what is committed: a run identity, or a rollback id. With the epoch it is the commit's `txn` appId. */
  readonly identity: string;
  readonly decisionEpoch: number;
  /** Windows this commit speaks for, even those left without rows. */
  readonly windows: readonly string[];
}

/** A Delta Lake table per pipeline, read and written by the public protocol (reader 1, writer 2). */
export interface PredictionTable {
  /** Folder of the table, relative to the store. */
  folder(pipeline: string, table: TableName): string;
  load(pipeline: string, table: TableName, version?: number): Promise<TableState>;
  /** All commits, oldest first. */
  history(
    pipeline: string,
    table: TableName,
  ): Promise<
    readonly (CommitInfo & {
      readonly version: number;
      readonly added: readonly TableFile[];
      readonly removed: readonly string[];
    })[]
  >;
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
