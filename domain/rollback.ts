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
  /** Rows of the window that another model serves, and that stay: a challenger had only its cohort. */
  readonly keptRows: number;
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
  const windows = new Map<string, { readonly served: TableFile[]; readonly kept: TableFile[] }>();
  for (const file of table.files) {
    const { served, kept } = windows.get(file.window) ?? { served: [], kept: [] };
    (isPinRevoked(ledger, file) ? served : kept).push(file);
    windows.set(file.window, { served, kept });
  }
  return [...windows]
    .filter(([, { served }]) => served.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([window, { served, kept }]) => ({
      window,
      windowEnd: served[0]?.windowEnd ?? window,
      served,
      keptRows: rowsOf(kept),
    }));
}

/**
 * Everybody whom a rollback to a target takes back: the champion, and the challenger that served a share beside it. A
 * challenger that only scored in shadow served nobody, and one that is the target itself stays.
 */
export function revokedByRollback(ledger: LedgerState, target: ModelRef): readonly string[] {
  const { champion, split } = ledger;
  const served = [
    ...(champion === null ? [] : [champion]),
    ...(split === null || split.sharePercent === 0 ? [] : [split.challenger]),
  ];
  return served.map(({ modelDigest }) => modelDigest).filter((modelDigest) => modelDigest !== target.modelDigest);
}

/** What a rollback to a target would replace if its record were written now, for a look before anything is changed. */
export function previewReplacement(args: {
  readonly ledger: LedgerState;
  readonly table: TableState;
  readonly target: ModelRef;
}): readonly RevokedWindow[] {
  const { ledger, table, target } = args;
  const epoch = ledger.decisionEpoch + 1;
  const revoked = revokedByRollback(ledger, target).map((modelDigest) => ({ modelDigest, atEpoch: epoch }));
  const after: LedgerState = { ...ledger, revocations: [...ledger.revocations, ...revoked] };
  const reversal: Reversal = { id: '', model: target, epoch, recordNumber: ledger.head.number + 1 };
  return planReplacement({ reversal, table, ledger: after });
}

/**
 * Shadow scores of the target for a window. They count only together with their run's served commit, so they must be of
 * the very runs whose rows are live, and as many as each of these served; empty when there are none and the window has to
 * be scored again.
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
  const rowsOfRun = (files: readonly TableFile[], run: string): number =>
    rowsOf(files.filter(({ runIdentity }) => runIdentity === run));
  return [...runs].every((run) => rowsOfRun(found, run) === rowsOfRun(revoked.served, run)) ? found : [];
}

/** All rows of some files. */
export function rowsOf(files: readonly TableFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}
