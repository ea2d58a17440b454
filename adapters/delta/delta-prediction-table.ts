import type { PredictionTable, TableName } from '../../activities/ports/prediction-table.js';
import type { Store } from '../../activities/ports/store.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import {
  emptyTable,
  evolveTable,
  transactionId,
  type CommitInfo,
  type TableCommit,
  type TableFile,
  type TableState,
} from '../../domain/published-table.js';
import { renderCommit } from './delta-actions.js';
import { assertFollows, commitPath, parseCommit, tableCorrupt, versionOf } from './delta-log.js';

/** The log of one table as far as it was read. Commits never change, so what was read once stays true. */
interface TableLog {
  readonly commits: readonly TableCommit[];
  readonly state: TableState;
}

const unread: TableLog = { commits: [], state: emptyTable };

/** Prediction tables as Delta Lake tables in the store, by the public protocol: reader version 1, writer version 2. */
export class DeltaPredictionTable implements PredictionTable {
  readonly #store: Store;
  readonly #logs = new Map<string, TableLog>();

  constructor(store: Store) {
    this.#store = store;
  }

  folder(pipeline: string, table: TableName): string {
    return `${table}/${pipeline}`;
  }

  async load(pipeline: string, table: TableName, version?: number): Promise<TableState> {
    const { commits, state } = await this.#readLog(this.folder(pipeline, table));
    if (version === undefined || version === state.version) return state;
    if (!Number.isInteger(version) || version < -1 || version > state.version) {
      throw noSuchVersion(version, state.version);
    }
    return commits.slice(0, version + 1).reduce(evolveTable, emptyTable);
  }

  async history(pipeline: string, table: TableName): Promise<readonly TableCommit[]> {
    return (await this.#readLog(this.folder(pipeline, table))).commits;
  }

  async commit(
    pipeline: string,
    table: TableName,
    version: number,
    change: { readonly add: readonly TableFile[]; readonly remove: readonly TableFile[]; readonly info: CommitInfo },
  ): Promise<'created' | 'conflict' | 'already'> {
    const folder = this.folder(pipeline, table);
    const path = commitPath(folder, version);
    const bytes = renderCommit({ folder, version, ...change });
    if ((await this.#store.createIfAbsent(path, bytes)) === 'created') return 'created';
    const there = await this.#store.read(path);
    if (there === null) throw new Error(`${path} exists, but cannot be read yet`);
    return transactionId(parseCommit(path, version, there)) === transactionId(change.info) ? 'already' : 'conflict';
  }

  async #readLog(folder: string): Promise<TableLog> {
    const known = this.#logs.get(folder) ?? unread;
    const last = known === unread ? await this.#lastVersion(folder) : known.state.version;
    const log = await this.#readOn(folder, known, last);
    const latest = this.#logs.get(folder);
    if (latest === undefined || latest.commits.length < log.commits.length) this.#logs.set(folder, log);
    return log;
  }

  /** Reads commits behind what is known, up to the first version nobody has created. */
  async #readOn(folder: string, known: TableLog, last: number): Promise<TableLog> {
    const commits = [...known.commits];
    let { state } = known;
    for (;;) {
      const version = state.version + 1;
      const path = commitPath(folder, version);
      const bytes = await this.#store.read(path);
      if (bytes === null) {
        if (version <= last) throw commitMissing(path, version, last);
        return { commits, state };
      }
      const commit = parseCommit(path, version, bytes);
      assertFollows(path, state, commit);
      commits.push(commit);
      state = evolveTable(state, commit);
    }
  }

  async #lastVersion(folder: string): Promise<number> {
    const names = await this.#store.list(`${folder}/_delta_log`);
    return names.reduce((last, name) => Math.max(last, versionOf(name) ?? -1), -1);
  }
}

function noSuchVersion(version: number, last: number): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', 'the table has no such version', {
    problems: [{ field: 'version', found: String(version), expected: `0 to ${String(last)}` }],
  });
}

function commitMissing(path: string, version: number, last: number): PermanentFailure {
  const found = `nothing, although version ${String(last)} exists`;
  return tableCorrupt(path, version, [{ field: 'commit', found, expected: 'a commit' }]);
}
