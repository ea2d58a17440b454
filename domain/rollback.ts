import { isPinRevoked } from './ledger/revocation.js';
import { championOfEpoch } from './ledger/questions.js';
import type { LedgerState } from './ledger/state.js';
import type { ModelRef } from './model-ref.js';
import type { TableFile, TableState } from './published-table.js';

/** Live files of one window that a rollback has to take out. */
export interface RevokedWindow {
  readonly window: string;
  readonly windowEnd: string;
  readonly served: readonly TableFile[];
}

/** What takes published predictions back: a rollback to an earlier champion, or a rollout that ended without its challenger. */
export interface Reversal {
  /** The rollback's id, or that of the promotion whose rollout ended. */
  readonly id: string;
  /** Who serves from then on. */
  readonly model: ModelRef;
  readonly epoch: number;
  readonly recordNumber: number;
}

/** The reversal of this id as the ledger has it; null when its record was not appended. */
export function findReversal(ledger: LedgerState, id: string): Reversal | null {
  const rollback = ledger.championHistory.find((term) => term.cause === 'rollback' && term.decisionId === id);
  if (rollback !== undefined) {
    const { model, epoch, recordNumber } = rollback;
    return { id, model, epoch, recordNumber };
  }
  const end = ledger.splitHistory.find((split) => split.step === null && split.promotionId === id);
  const champion = end === undefined ? null : championOfEpoch(ledger, end.epoch);
  if (end === undefined || champion === null) return null;
  return { id, model: champion.model, epoch: end.epoch, recordNumber: end.recordNumber };
}

/**
 * The windows whose live rows were served by a revoked model, oldest first. Empty when a later rollback revoked the
 * target too: then that one replaces everything, with a target that still stands.
 */
export function planReplacement(args: {
  readonly reversal: Reversal;
  readonly table: TableState;
  readonly ledger: LedgerState;
}): readonly RevokedWindow[] {
  const { reversal, table, ledger } = args;
  const target = { modelDigest: reversal.model.modelDigest, decisionEpoch: reversal.epoch };
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
