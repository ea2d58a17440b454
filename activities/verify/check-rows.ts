import type { Problem } from '../../domain/failure-types.js';
import { must, problemsOf } from '../../domain/ledger/rule.js';
import type { TableState } from '../../domain/published-table.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { groupWindows } from '../../domain/verify/table-checks.js';
import type { RowCounter } from '../ports/row-counter.js';
import type { Store } from '../ports/store.js';
import { storeFileOf } from '../publication/table-file.js';
import { checkAll, findFileProblems } from './check-files.js';

/**
 * What is served now, row by row: every key of a window once, every score a number, and every row by the model and the run that its
 * file stands for. Files that are missing or damaged are told by their own check.
 */
export function checkServedRows(args: {
  readonly store: Store;
  readonly rowCounter: RowCounter;
  readonly folder: string;
  readonly table: TableState;
}): Promise<VerifyCheck> {
  const { store, rowCounter, folder, table } = args;
  const name = 'every served row has a key of its own, a finite score, and the model and run of its file';
  return checkAll(name, groupWindows(table.files), async (files) => {
    const stored = files.map((file) => storeFileOf(folder, file));
    const damage = await Promise.all(stored.map((file) => findFileProblems(store, file)));
    if (damage.flat().length > 0) return [];
    const counted = files.map(async ({ modelDigest, runIdentity, path }) => {
      return { localPath: await store.localPath(`${folder}/${path}`), modelDigest, runIdentity };
    });
    const [{ path: field }] = files;
    const faults = await rowCounter.countFaults(await Promise.all(counted));
    return problemsOf(
      none(faults.repeatedKeys, field, 'with a key that another has, or none'),
      none(faults.badScores, field, 'without a finite score'),
      none(faults.otherOrigins, field, 'of another model or run'),
    );
  });
}

function none(rows: number, field: string, what: string): Problem | null {
  return must(rows === 0, field, `${String(rows)} rows ${what}`, 'none');
}
