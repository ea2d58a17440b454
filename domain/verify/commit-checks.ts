import type { Problem } from '../failure-types.js';
import { epochAt } from '../ledger/questions.js';
import { must, problemsOf, shown } from '../ledger/rule.js';
import type { LedgerState } from '../ledger/state.js';
import { transactionId, type TableCommit } from '../published-table.js';
import { rowsOf } from '../rollback.js';
import { checkEach, type VerifyCheck } from './check.js';
import { inCommit } from './table-checks.js';

/** The same run, or the same rollback, is committed once; and what is newer is never replaced by what is older. */
export function checkCommitOrder(commits: readonly TableCommit[]): VerifyCheck {
  const committed = new Map<string, number>();
  const epochs = new Map<string, number>();
  return checkEach('every publication is made once, and never replaces one of a later epoch', commits, (commit) => {
    const earlier = committed.get(transactionId(commit));
    committed.set(transactionId(commit), earlier ?? commit.version);
    const once = must(earlier === undefined, 'identity', commit.identity, `not that of version ${String(earlier)}`);
    const replaced = commit.windows.map((window) => {
      const epoch = epochs.get(window) ?? 0;
      epochs.set(window, Math.max(epoch, commit.decisionEpoch));
      const found = `${String(commit.decisionEpoch)} for window ${window}`;
      return must(commit.decisionEpoch >= epoch, 'decisionEpoch', found, `at least ${String(epoch)}`);
    });
    return problemsOf(once, ...replaced).map((problem) => inCommit(commit, 'commitInfo', problem));
  });
}

/** A run serves under the epoch that the ledger had where the run was pinned to it: nobody claims another one. */
export function checkPinnedEpochs(state: LedgerState, commits: readonly TableCommit[]): VerifyCheck {
  const published = commits.filter(({ operation }) => operation === 'publish');
  return checkEach('every publication has the epoch of its place in the ledger', published, (commit) => {
    const epoch = epochAt(state, commit.ledgerNumber);
    const expected = `${String(epoch)}, as of record ${String(commit.ledgerNumber)}`;
    const rule = must(commit.decisionEpoch === epoch, 'decisionEpoch', shown(commit.decisionEpoch), expected);
    return problemsOf(rule).map((problem) => inCommit(commit, 'commitInfo', problem));
  });
}

/** A rollback replaces rows one for one: a window has as many after it as before. */
export function checkReplacedRows(commits: readonly TableCommit[]): VerifyCheck {
  const rows = new Map(commits.flatMap(({ added }) => added).map((file) => [file.path, file]));
  const rollbacks = commits.filter(({ operation }) => operation === 'rollback');
  return checkEach('every rollback puts in as many rows of a window as it takes out', rollbacks, (commit) =>
    commit.windows.flatMap((window) => {
      const removed = commit.removed.flatMap((path) => rows.get(path) ?? []);
      const [before, after] = [removed, commit.added].map((files) =>
        rowsOf(files.filter((file) => file.window === window)),
      );
      const rule = must(after === before, `window ${window}`, `${String(after)} rows`, `${String(before)} rows`);
      return problemsOf(rule).map((problem) => inCommit(commit, 'add', problem));
    }),
  );
}

/** What a record says was replaced is what the log says: the commit of that very rollback. */
export function checkReplacements(state: LedgerState, commits: readonly TableCommit[]): VerifyCheck {
  const byVersion = new Map(commits.map((commit) => [commit.version, commit]));
  return checkEach(
    'every replacement is the commit that its record names',
    [...state.replacements.values()],
    (event) => {
      const commit = byVersion.get(event.tableVersion);
      const field = `record ${String(event.recordNumber)}: tableVersion`;
      if (commit === undefined)
        return [{ field, found: shown(event.tableVersion), expected: 'a version of the table' }];
      const isIts = commit.operation === 'rollback' && commit.identity === event.rollbackId;
      const found = `${String(event.tableVersion)}, a ${commit.operation} of ${commit.identity}`;
      const rule: Problem | null = must(isIts, field, found, `the rollback ${event.rollbackId}`);
      return problemsOf(rule);
    },
  );
}
