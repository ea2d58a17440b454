import { isPinRevoked } from './ledger/revocation.js';
import type { LedgerState } from './ledger/state.js';
import type { TableState } from './published-table.js';
import { rowsOf } from './rollback.js';

/**
 * What is wrong with a rehearsed rollback, one sentence each: every window has to have as many rows after it as before,
 * and nothing of the version that was taken back may still be served. Empty when it would have worked.
 */
export function judgeDrill(args: {
  readonly before: TableState;
  readonly after: TableState;
  /** As the rehearsal left it. */
  readonly ledger: LedgerState;
}): readonly string[] {
  const { before, after, ledger } = args;
  const windows = new Set([...before.files, ...after.files].map(({ window }) => window));
  const counts = [...windows].sort().flatMap((window) => {
    const [had, has] = [before, after].map(({ files }) => rowsOf(files.filter((file) => file.window === window)));
    return had === has ? [] : [`window ${window} has ${String(has)} rows after it and had ${String(had)}`];
  });
  const left = after.files.filter((file) => isPinRevoked(ledger, file));
  return [...counts, ...left.map(({ path }) => `${path} is still served`)];
}
