import type { Problem } from '../failure-types.js';
import { championOfEpoch, splitOfEpoch } from '../ledger/questions.js';
import { isPinRevoked } from '../ledger/revocation.js';
import { must, problemsOf, shown } from '../ledger/rule.js';
import type { ChainedRecord, LedgerState } from '../ledger/state.js';
import type { TableCommit, TableFile, TableState } from '../published-table.js';
import { findReversal } from '../rollback.js';
import { checkEach, type VerifyCheck } from './check.js';

/** Every file ever served was made by the model that was entitled to serve it in its epoch. */
export function checkEntitlement(state: LedgerState, commits: readonly TableCommit[]): VerifyCheck {
  const added = commits.flatMap((commit) => commit.added.map((file) => ({ commit, file })));
  return checkEach('every published file comes from a model that was entitled to serve', added, ({ commit, file }) => {
    const epoch = must(
      file.decisionEpoch === commit.decisionEpoch,
      'decisionEpoch',
      shown(file.decisionEpoch),
      shown(commit.decisionEpoch),
    );
    const entitled = entitledDigests(state, commit, file);
    const model = must(
      entitled.includes(file.modelDigest),
      'modelDigest',
      file.modelDigest,
      entitled.length === 0 ? 'a champion of that epoch' : entitled.join(' or '),
    );
    return problemsOf(epoch, model).map((problem) => inCommit(commit, file.path, problem));
  });
}

/** The champion of the epoch, the challenger of its split, a recorded fallback for it, or the target of the rollback that made the commit. */
function entitledDigests(state: LedgerState, commit: TableCommit, file: TableFile): readonly string[] {
  if (commit.operation === 'rollback') {
    const reversal = findReversal(state, commit.identity);
    return reversal?.epoch === commit.decisionEpoch ? [reversal.model.modelDigest] : [];
  }
  const champion = championOfEpoch(state, commit.decisionEpoch)?.model.modelDigest;
  const fallbacks = state.fallbacks.filter(
    ({ runIdentity, isUnscored }) => !isUnscored && runIdentity === file.runIdentity,
  );
  const split = splitOfEpoch(state, commit.decisionEpoch);
  return [
    ...(champion === undefined ? [] : [champion]),
    ...(split === null || split.sharePercent === 0 ? [] : [split.challenger.modelDigest]),
    ...fallbacks.map(({ servedDigest }) => servedDigest),
  ];
}

/** After a rollback nothing that it took back is served any more. */
export function checkNothingRevoked(state: LedgerState, table: TableState): VerifyCheck {
  return checkEach('no served file comes from a model that was rolled back', table.files, (file) => {
    if (!isPinRevoked(state, file)) return [];
    const found = `model ${file.modelDigest} of epoch ${String(file.decisionEpoch)}`;
    return [{ field: file.path, found, expected: 'its replacement: run the rollback again, it finishes the job' }];
  });
}

/** Every commit names a record that the ledger has, with the hash it has. */
export function checkLedgerPlaces(records: readonly ChainedRecord[], commits: readonly TableCommit[]): VerifyCheck {
  return checkEach('every publication names its place in the ledger', commits, (commit) => {
    const hash = commit.ledgerNumber === 0 ? null : (records[commit.ledgerNumber - 1]?.hash ?? 'no such record');
    const field = `record ${String(commit.ledgerNumber)}`;
    return problemsOf(must(commit.ledgerHash === hash, field, shown(commit.ledgerHash), shown(hash))).map((problem) =>
      inCommit(commit, 'ledgerHash', problem),
    );
  });
}

/** The same run, model and window give the same bytes, however often they are written: file by file, in order. */
export function checkSameOutput(commits: readonly TableCommit[]): VerifyCheck {
  const first = new Map<string, string>();
  const outputs = commits.flatMap((commit) => groupOutputs(commit.added).map((files) => ({ commit, files })));
  return checkEach('the same run identity gives the same bytes', outputs, ({ commit, files }) => {
    // A rollback serves what a run scored in shadow, which may be other rows than those the same model served in it.
    const key = commit.operation === 'rollback' ? `${commit.identity} ${outputKey(files[0])}` : outputKey(files[0]);
    const found = files.map(({ sha256 }) => sha256).join(', ');
    const expected = first.get(key) ?? found;
    first.set(key, expected);
    return problemsOf(must(found === expected, 'sha256', found, expected)).map((problem) =>
      inCommit(commit, files[0].path, problem),
    );
  });
}

/** Files of one run, model and window: all that a model served in one publication, or in the replacement of one; or of one window. */
type Output = readonly [TableFile, ...TableFile[]];

function groupOutputs(files: readonly TableFile[]): readonly Output[] {
  return groupBy(files, outputKey);
}

/** Files of one window, whoever made them. */
export function groupWindows(files: readonly TableFile[]): readonly Output[] {
  return groupBy(files, ({ window }) => window);
}

function groupBy(files: readonly TableFile[], keyOf: (file: TableFile) => string): readonly Output[] {
  const groups = new Map<string, [TableFile, ...TableFile[]]>();
  for (const file of files) {
    const group = groups.get(keyOf(file));
    if (group === undefined) groups.set(keyOf(file), [file]);
    else group.push(file);
  }
  return [...groups.values()];
}

function outputKey(file: TableFile): string {
  return [file.runIdentity, file.modelDigest, file.window].join(' ');
}

/** A problem with the commit it was found in. */
export function inCommit(commit: TableCommit, place: string, problem: Problem): Problem {
  return { ...problem, field: `version ${String(commit.version)} ${place}: ${problem.field}` };
}
