/** One live data file of a prediction table. The facts beside the path are kept in the action's tags. */
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

/** The publication of a window that stands now, also when it published no rows. */
export interface PublishedWindow {
  readonly window: string;
  /** The run identity, or the rollback id, of the commit that spoke last for this window. */
  readonly identity: string;
  readonly decisionEpoch: number;
  /** Version of the table that this commit created. */
  readonly version: number;
  readonly rows: number;
}

/** A table as one version shows it. Version -1 is the table that nobody has written to. */
export interface TableState {
  readonly version: number;
  readonly files: readonly TableFile[];
  /** Every window that was ever published, by partition value. */
  readonly windows: ReadonlyMap<string, PublishedWindow>;
  /** Version of every commit by its transaction id: whether something was ever committed, live or not. */
  readonly transactions: ReadonlyMap<string, number>;
}

/** What one commit says about itself; stands in `commitInfo`. */
export interface CommitInfo {
  /** `collect` adds and removes nothing: it stands between older reads of the ledger and the removal of uncommitted files. */
  readonly operation: 'publish' | 'rollback' | 'collect';
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

/** One commit as the log tells it. */
export type TableCommit = CommitInfo & {
  readonly version: number;
  readonly added: readonly TableFile[];
  /** Paths. */
  readonly removed: readonly string[];
};

/** The table that nobody has written to. */
export const emptyTable: TableState = { version: -1, files: [], windows: new Map(), transactions: new Map() };

/** Names a commit by what it is for; the same identity and epoch is the same commit, whoever writes it. */
export function transactionId(commit: { readonly identity: string; readonly decisionEpoch: number }): string {
  return `${commit.identity}:${String(commit.decisionEpoch)}`;
}

/** What a table shows after one more commit. */
export function evolveTable(state: TableState, commit: TableCommit): TableState {
  const removed = new Set(commit.removed);
  const added = new Set(commit.added.map((file) => file.path));
  const kept = state.files.filter((file) => !removed.has(file.path) && !added.has(file.path));
  const files = [...kept, ...commit.added];
  const windows = new Map(state.windows);
  for (const window of commit.windows) {
    const rows = files.filter((file) => file.window === window).reduce((sum, file) => sum + file.rows, 0);
    const { identity, decisionEpoch, version } = commit;
    windows.set(window, { window, identity, decisionEpoch, version, rows });
  }
  const transactions = new Map(state.transactions).set(transactionId(commit), commit.version);
  return { version: commit.version, files, windows, transactions };
}

/** What serves a window after a commit; no files where it has no rows. */
export interface ServedWindow {
  readonly commit: TableCommit;
  readonly window: string;
  readonly files: readonly TableFile[];
}

/** Every window that a commit spoke for or added to, as it is served after that commit: the added files first. */
export function servedAfter(commits: readonly TableCommit[]): readonly ServedWindow[] {
  const live = new Map<string, readonly TableFile[]>();
  return commits.flatMap((commit) => {
    const gone = new Set([...commit.removed, ...commit.added.map(({ path }) => path)]);
    const windows = new Set([...commit.windows, ...commit.added.map(({ window }) => window)]);
    return [...windows].map((window): ServedWindow => {
      const added = commit.added.filter((file) => file.window === window);
      const kept = (live.get(window) ?? []).filter(({ path }) => !gone.has(path));
      const files = [...added, ...kept];
      live.set(window, files);
      return { commit, window, files };
    });
  });
}
