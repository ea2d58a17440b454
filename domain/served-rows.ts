import { championOfEpoch, splitOfEpoch } from './ledger/questions.js';
import type { LedgerState } from './ledger/state.js';
import type { TableFile } from './published-table.js';

/** As whose rows a file is served: the champion of its epoch, the challenger of its rollout step, or what stood in. */
export type Cohort = 'champion' | 'challenger' | 'fallback';

/** How many rows a model serves. */
export interface ServedRows {
  readonly modelDigest: string;
  readonly cohort: Cohort;
  readonly rows: number;
}

export function cohortOfFile(
  state: LedgerState,
  { modelDigest, decisionEpoch }: Pick<TableFile, 'modelDigest' | 'decisionEpoch'>,
): Cohort {
  if (championOfEpoch(state, decisionEpoch)?.model.modelDigest === modelDigest) return 'champion';
  return splitOfEpoch(state, decisionEpoch)?.challenger.modelDigest === modelDigest ? 'challenger' : 'fallback';
}

/** The rows of some files by who serves them, in the order of the files. */
export function countServedRows(state: LedgerState, files: readonly TableFile[]): readonly ServedRows[] {
  const counted = new Map<string, ServedRows>();
  for (const file of files) {
    const cohort = cohortOfFile(state, file);
    const key = `${file.modelDigest} ${cohort}`;
    const before = counted.get(key)?.rows ?? 0;
    counted.set(key, { modelDigest: file.modelDigest, cohort, rows: before + file.rows });
  }
  return [...counted.values()];
}

/**
 * The files of a window that tell how the champion does: not those of a challenger, which its rollout judges, unless it
 * serves everybody.
 */
export function championsFiles(state: LedgerState, files: readonly TableFile[]): readonly TableFile[] {
  const own = files.filter((file) => cohortOfFile(state, file) !== 'challenger');
  return own.length > 0 ? own : files;
}
