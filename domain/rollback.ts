import { isPinRevoked } from './ledger/revocation.js';
import type { ChampionTerm, LedgerState } from './ledger/state.js';
import type { TableFile, TableState } from './published-table.js';

/** Live files of one window that a rollback has to take out. */
export interface RevokedWindow {
  readonly window: string;
  readonly windowEnd: string;
  readonly served: readonly TableFile[];
}

/** The rollback of this id as the ledger has it; null when its record was not appended. */
export function findRollback(ledger: LedgerState, rollbackId: string): ChampionTerm | null {
  return ledger.championHistory.find((term) => term.cause === 'rollback' && term.decisionId === rollbackId) ?? null;
}

/**
 * The windows whose live rows were served by a revoked model, oldest first. Empty when a later rollback revoked the
 * target too: then that one replaces everything, with a target that still stands.
 */
export function planReplacement(args: {
  readonly rollback: ChampionTerm;
  readonly table: TableState;
  readonly ledger: LedgerState;
}): readonly RevokedWindow[] {
  const { rollback, table, ledger } = args;
  const target = { modelDigest: rollback.model.modelDigest, decisionEpoch: rollback.epoch };
  if (isPinRevoked(ledger, target)) return [];
  const windows = new Map<string, TableFile[]>();
  for (const file of table.files.filter((live) => isPinRevoked(ledger, live))) {
    windows.set(file.window, [...(windows.get(file.window) ?? []), file]);
  }
  return [...windows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([window, served]) => ({ window, windowEnd: served[0]?.windowEnd ?? window, served }));
}

/**
 * Shadow scores of the target for a window. They count only together with their run's served commit, so they must be of
 * the very run whose rows are live, and all of them; empty when there are none and the window has to be scored again.
 */
export function chooseShadowFiles(
  shadows: TableState,
  revoked: RevokedWindow,
  targetDigest: string,
): readonly TableFile[] {
  const runs = new Set(revoked.served.map((file) => file.runIdentity));
  const found = shadows.files.filter(
    (file) => file.window === revoked.window && file.modelDigest === targetDigest && runs.has(file.runIdentity),
  );
  return rowsOf(found) === rowsOf(revoked.served) ? found : [];
}

function rowsOf(files: readonly TableFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}
