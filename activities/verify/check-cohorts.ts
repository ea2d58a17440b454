import { z } from 'zod';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { LedgerState, SplitTerm } from '../../domain/ledger/state.js';
import { splitOfEpoch } from '../../domain/ledger/questions.js';
import { must, problemsOf } from '../../domain/ledger/rule.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { TableCommit, TableFile } from '../../domain/published-table.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { inCommit } from '../../domain/verify/table-checks.js';
import type { RowCounter } from '../ports/row-counter.js';
import type { Store } from '../ports/store.js';
import { localPathsOf } from '../publication/table-file.js';
import { readJson } from './check-files.js';

interface CohortArgs {
  readonly store: Store;
  readonly rowCounter: RowCounter;
  readonly pipeline: string;
  /** Of the predictions. */
  readonly folder: string;
  readonly state: LedgerState;
  readonly commits: readonly TableCommit[];
}

interface Drawn {
  readonly commit: TableCommit;
  readonly split: SplitTerm;
  readonly files: readonly [TableFile, ...TableFile[]];
}

/**
 * What a run published while rows were shared: the challenger served the rows of the cohort that its epoch drew, all of
 * them and no other. Runs that went on without one of the two have a record that says so; that nothing could score once
 * says nothing of what the same run published before or later. A publication that lost rows or their snapshot to
 * retention cannot be checked any more, and the check says how many.
 */
export async function checkCohorts(args: CohortArgs): Promise<VerifyCheck> {
  const drawn = listDrawn(args.state, args.commits);
  const problems: Problem[] = [];
  let skipped = 0;
  for (const publication of drawn) {
    const found = await findCohortProblems(args, publication);
    if (found === null) skipped += 1;
    else problems.push(...found.map((problem) => inCommit(publication.commit, 'cohorts', problem)));
  }
  const rule = 'the challenger of a rollout served the cohort that its epoch drew, and nobody else';
  const name = skipped === 0 ? rule : `${rule} (${String(skipped)} skipped: their rows or snapshots are gone)`;
  return { name, checked: drawn.length - skipped, problems };
}

function listDrawn(state: LedgerState, commits: readonly TableCommit[]): readonly Drawn[] {
  const steppedDown = new Set(
    state.fallbacks.filter(({ isUnscored }) => !isUnscored).map(({ runIdentity }) => runIdentity),
  );
  return commits.flatMap((commit): readonly Drawn[] => {
    const split = splitOfEpoch(state, commit.decisionEpoch);
    const [first, ...others] = commit.added;
    const isShared = commit.operation === 'publish' && split !== null && split.sharePercent > 0;
    if (!isShared || first === undefined || steppedDown.has(commit.identity)) return [];
    return [{ commit, split, files: [first, ...others] }];
  });
}

const snapshotSchema = z.looseObject({
  parts: z.array(z.looseObject({ path: z.string(), sha256: z.string(), bytes: z.number() })),
});

/** Null where something that it needs is not there, or not what it was: other checks say whether it may be missing. */
async function findCohortProblems(args: CohortArgs, { split, files }: Drawn): Promise<readonly Problem[] | null> {
  const { store, pipeline, folder } = args;
  const snapshot = `snapshots/${pipeline}/${files[0].snapshotDigest}`;
  const manifest = await readJson(store, `${snapshot}/manifest.json`, snapshotSchema);
  if ('problems' in manifest) return null;
  const parts = manifest.value.parts.map((part) => ({ ...part, path: `${snapshot}/${part.path}` }));
  const isChallengers = (file: TableFile): boolean => file.modelDigest === split.challenger.modelDigest;
  const paths = await pathsOf(store, folder, {
    parts,
    challenger: files.filter(isChallengers),
    champion: files.filter((file) => !isChallengers(file)),
  });
  if (paths === null) return null;
  const faults = await args.rowCounter.countCohortFaults({ ...paths, draw: split });
  const none = (rows: number, what: string) =>
    must(rows === 0, files[0].window, `${String(rows)} rows ${what}`, 'none');
  return problemsOf(
    none(faults.strangers, 'served by the challenger outside its cohort'),
    none(faults.missed, 'of the cohort not served by the challenger'),
    none(faults.mislabelled, 'that name another cohort than that of the model that served them'),
  );
}

/** Null where one of the files is gone, or not what it was. */
async function pathsOf(
  store: Store,
  folder: string,
  {
    parts,
    challenger,
    champion,
  }: { readonly parts: readonly FileRef[] } & Readonly<Record<'challenger' | 'champion', readonly TableFile[]>>,
) {
  try {
    return {
      partPaths: await Promise.all(parts.map((part) => store.localPath(part))),
      challengerPaths: await localPathsOf(store, folder, challenger),
      championPaths: await localPathsOf(store, folder, champion),
    };
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}
