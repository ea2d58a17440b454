import type { Problem } from '../failure-types.js';
import type { Collected, CollectedFile } from './collection-events.js';
import { must, problemsOf } from './rule.js';
import type { LedgerState } from './state.js';

/**
 * What a `collected` record may name: data of tables, parts of snapshots, files of models nobody needs. Never what tells of them.
 * What other pipelines need stands in their ledgers; the plan of a collection looks there.
 */
export function findCollectionProblems(state: LedgerState, { files }: Collected): readonly Problem[] {
  const needed = new Set(neededModels(state).map((modelDigest) => `models/${modelDigest}/`));
  return [
    ...problemsOf(must(files.length > 0, 'files', 'none', 'at least one file')),
    ...files.flatMap((file, index) => findFileProblems(file, `files.${String(index)}.path`, needed)),
  ];
}

function findFileProblems(
  { path, rule }: CollectedFile,
  field: string,
  needed: ReadonlySet<string>,
): readonly Problem[] {
  const isNeeded = [...needed].some((folder) => path.startsWith(folder));
  return problemsOf(
    must(placeOf[rule].test(path), field, path, `a file that the rule ${rule} is about`),
    must(!isNeeded, field, path, 'no file of the champion, the previous champion or an open promotion'),
  );
}

const tableFile = /^(shadow-)?predictions\/[^/]+\/window=[^/]+\/[^/]+\.parquet$/;

const placeOf: Readonly<Record<CollectedFile['rule'], RegExp>> = {
  uncommitted: tableFile,
  publications: tableFile,
  snapshots: /^snapshots\/[^/]+\/[0-9a-f]{64}\/[^/]+\.parquet$/,
  models: /^models\/[^/]+\/(?!manifest\.json$)[^/]+$/,
};

function neededModels(state: LedgerState): readonly string[] {
  const models = [state.champion, state.previousChampion, state.openPromotion?.challenger ?? null];
  return models.flatMap((model) => model?.modelDigest ?? []);
}
