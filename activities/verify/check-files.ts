import { z } from 'zod';
import { digestOf, sha256Hex } from '../../contracts/digest.js';
import { computeModelDigest, modelManifestSchema } from '../../contracts/model-bundle.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { FileRef } from '../../domain/model-ref.js';
import { servedAfter, type TableCommit } from '../../domain/published-table.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import type { RowCounter } from '../ports/row-counter.js';
import type { Store } from '../ports/store.js';
import { storeFileOf } from '../publication/table-file.js';
import type { Excuse } from './excuse-collected.js';

/** Looks at items one after the other; files are big, and a check may take its time. */
export async function checkAll<T>(
  name: string,
  items: readonly T[],
  findProblems: (item: T) => Promise<readonly Problem[]>,
): Promise<VerifyCheck> {
  const problems: Problem[] = [];
  for (const item of items) problems.push(...(await findProblems(item)));
  return { name, checked: items.length, problems };
}

/**
 * Every file that any version of a table shows is there, with its hash and its rows: time travel needs the old ones too,
 * but for those that a record says were collected.
 */
export function checkTableFiles(args: {
  readonly store: Store;
  readonly rowCounter: RowCounter;
  readonly folder: string;
  readonly commits: readonly TableCommit[];
  readonly isExcused: Excuse;
}): Promise<VerifyCheck> {
  const { store, rowCounter, folder, commits, isExcused } = args;
  const files = new Map(commits.flatMap(({ added }) => added).map((file) => [file.path, file]));
  const name = `every file of ${folder} is there with its hash and rows`;
  return checkAll(name, [...files.values()], async (file) => {
    const stored = storeFileOf(folder, file);
    if (await isExcused(stored)) return [];
    const problems = await findFileProblems(store, stored);
    if (problems.length > 0) return problems;
    const rows = await rowCounter.countRows(await store.localPath(stored.path));
    return rows === file.rows
      ? []
      : [{ field: stored.path, found: `${String(rows)} rows`, expected: `${String(file.rows)} rows` }];
  });
}

/** Every definition that a model was made with is there, and is the one its digest names. */
export function checkDefinitions(store: Store, { models }: LedgerState): Promise<VerifyCheck> {
  const digests = new Set([...models.values()].map(({ definitionDigest }) => definitionDigest));
  return checkAll('every definition of a registered model is there with its digest', [...digests], async (digest) => {
    const path = `definitions/${digest}/definition.json`;
    const bytes = await store.read(path);
    if (bytes === null) return [{ field: path, found: 'nothing', expected: 'a definition' }];
    return digestProblems(path, sha256Hex(bytes), digest);
  });
}

/** Every registered model is complete, and is the one its digest names. */
export function checkModels(store: Store, state: LedgerState, isExcused: Excuse): Promise<VerifyCheck> {
  return checkAll('every registered model is there with its files', [...state.models.keys()], async (digest) => {
    const folder = `models/${digest}`;
    const found = await readJson(store, `${folder}/manifest.json`, modelManifestSchema);
    if ('problems' in found) return found.problems;
    const hashes = new Map(found.value.files.map((file) => [file.name, file.sha256]));
    const identity = computeModelDigest({
      'model.onnx': hashes.get('model.onnx') ?? '',
      'dictionary.json': hashes.get('dictionary.json') ?? '',
      'features.json': hashes.get('features.json') ?? '',
    });
    const files = found.value.files.map(({ name, ...content }) => ({ path: `${folder}/${name}`, ...content }));
    const problems = await Promise.all(files.map((file) => findMissing(store, file, isExcused)));
    return [...digestProblems(folder, identity, digest), ...problems.flat()];
  });
}

const snapshotSchema = z.looseObject({
  rows: z.int().nonnegative(),
  parts: z.array(z.looseObject({ path: z.string(), sha256: z.string(), bytes: z.number() })),
});

/**
 * Every snapshot is complete, and is the one its digest names: those that models were trained on, and all that have a
 * manifest. A folder without one is an attempt that never came to be.
 */
export async function checkSnapshots(
  { store, pipeline }: { readonly store: Store; readonly pipeline: string },
  state: LedgerState,
  isExcused: Excuse,
): Promise<VerifyCheck> {
  const folder = `snapshots/${pipeline}`;
  const digests = new Set([...state.models.values()].map(({ trainingSnapshotDigest }) => trainingSnapshotDigest));
  for (const name of await store.list(folder)) {
    if ((await store.read(`${folder}/${name}/manifest.json`)) !== null) digests.add(name);
  }
  return checkAll('every snapshot is there with its parts', [...digests], async (digest) => {
    const path = `${folder}/${digest}/manifest.json`;
    const found = await readJson(store, path, snapshotSchema);
    if ('problems' in found) return found.problems;
    // A manifest names its parts as they are called in its own folder.
    const parts = found.value.parts.map((part) => ({ ...part, path: `${folder}/${digest}/${part.path}` }));
    const problems = await Promise.all(parts.map((part) => findMissing(store, part, isExcused)));
    return [...digestProblems(path, digestOf(found.value), digest), ...problems.flat()];
  });
}

/**
 * Rows out = rows in: whatever a commit changed, the files that serve a window after it have every row of the snapshot,
 * also where several models made them. Quarantined rows are in neither.
 */
export function checkRowParity(store: Store, pipeline: string, commits: readonly TableCommit[]): Promise<VerifyCheck> {
  const windows = servedAfter(commits).filter(({ files }) => files.length > 0);
  return checkAll('every publication has the rows of its snapshot', windows, async ({ files }) => {
    const { snapshotDigest = '', path: field = '' } = files[0] ?? {};
    const other = files.find((file) => file.snapshotDigest !== snapshotDigest);
    if (other !== undefined) {
      return [{ field: other.path, found: `snapshot ${other.snapshotDigest}`, expected: `snapshot ${snapshotDigest}` }];
    }
    const path = `snapshots/${pipeline}/${snapshotDigest}/manifest.json`;
    const found = await readJson(store, path, snapshotSchema);
    if ('problems' in found) return found.problems;
    const publishedRows = files.reduce((sum, { rows }) => sum + rows, 0);
    const { rows } = found.value;
    return rows === publishedRows
      ? []
      : [{ field, found: `${String(publishedRows)} rows`, expected: `${String(rows)}, as its snapshot has` }];
  });
}

/** A file that a manifest names: there, with its content, or collected. */
async function findMissing(store: Store, file: FileRef, isExcused: Excuse): Promise<readonly Problem[]> {
  return (await isExcused(file)) ? [] : findFileProblems(store, file);
}

/** A file that the ledger or a manifest names: there, with its content. */
export async function findFileProblems(store: Store, file: FileRef): Promise<readonly Problem[]> {
  try {
    await store.localPath(file);
    return [];
  } catch (error) {
    if (error instanceof PermanentFailure) return error.problems;
    throw error;
  }
}

/** A JSON file of the store in the form that is expected of it, or what is wrong with it. */
export async function readJson<T>(
  store: Store,
  path: string,
  schema: z.ZodType<T>,
): Promise<{ readonly value: T } | { readonly problems: readonly Problem[] }> {
  const bytes = await store.read(path);
  if (bytes === null) return { problems: [{ field: path, found: 'nothing', expected: 'a file' }] };
  try {
    return { value: schema.parse(JSON.parse(new TextDecoder().decode(bytes))) };
  } catch (error) {
    const expected = error instanceof z.ZodError ? z.prettifyError(error) : 'JSON';
    return { problems: [{ field: path, found: 'something else', expected }] };
  }
}

/** A thing that is named by its digest, and has another one. */
export function digestProblems(field: string, found: string, expected: string): readonly Problem[] {
  return found === expected ? [] : [{ field, found: `digest ${found}`, expected: `digest ${expected}` }];
}
