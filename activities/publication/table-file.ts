import type { FileRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import { uncollectedName } from '../../domain/retention/collected.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { PredictionTable, TableName } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';

/** Everything about a data file that its bytes do not say. */
export type TableFileFacts = Omit<TableFile, 'path' | 'bytes' | 'sha256'>;

/**
 * Makes a staged Parquet file a file of the table's folder. Nobody sees it until a commit names it, so it may be done
 * in an earlier step than the publication, and again. The name holds the run, the model and the content: an interrupted
 * attempt that wrote other bytes never blocks the next one. A name that retention has collected is never used again.
 */
export async function adoptTableFile(args: {
  readonly store: Store;
  readonly table: PredictionTable;
  readonly pipeline: string;
  readonly name: TableName;
  readonly stagedPath: string;
  readonly facts: TableFileFacts;
}): Promise<TableFile> {
  const { store, table, facts } = args;
  const folder = table.folder(args.pipeline, args.name);
  const { state } = await readLedger(store, args.pipeline);
  const file = await store.adopt(args.stagedPath, ({ sha256 }) =>
    uncollectedName(state, (suffix) => nameOf(folder, facts, sha256, suffix)),
  );
  return { ...facts, path: file.path.slice(folder.length + 1), bytes: file.bytes, sha256: file.sha256 };
}

/**
 * Makes a file of the shadow table a file of the served one: the same bytes under a second name, so its rows go on to
 * name the run that scored them and say that it scored them as a shadow. Nobody sees it until a commit names it.
 */
export async function adoptShadowFile(args: {
  readonly store: Store;
  readonly table: PredictionTable;
  readonly pipeline: string;
  readonly shadow: TableFile;
  /** Epoch in which it is served. */
  readonly decisionEpoch: number;
}): Promise<TableFile> {
  const { store, table, pipeline, shadow, decisionEpoch } = args;
  const folder = table.folder(pipeline, 'predictions');
  const { state } = await readLedger(store, pipeline);
  const path = uncollectedName(state, (suffix) => nameOf(folder, shadow, shadow.sha256, suffix));
  await store.share(storeFileOf(table.folder(pipeline, 'shadow-predictions'), shadow), path);
  return { ...shadow, path: path.slice(folder.length + 1), decisionEpoch };
}

/** A table's file as a file of the store. */
export function storeFileOf(folder: string, file: TableFile): FileRef {
  return { path: `${folder}/${file.path}`, sha256: file.sha256, bytes: file.bytes, rows: file.rows };
}

/** Verified local paths of files of one folder. Throws a PermanentFailure where one is gone or not what it was. */
export function localPathsOf(
  store: Pick<Store, 'localPath'>,
  folder: string,
  files: readonly TableFile[],
): Promise<readonly string[]> {
  return Promise.all(files.map((file) => store.localPath(storeFileOf(folder, file))));
}

function nameOf(folder: string, facts: TableFileFacts, sha256: string, suffix: string): string {
  const name = [facts.runIdentity, facts.modelDigest, sha256].map(short).join('-');
  return `${folder}/window=${facts.window}/${name}${suffix}.parquet`;
}

function short(text: string): string {
  return text.slice(0, 16);
}
