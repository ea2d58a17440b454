import type { LedgerState } from '../ledger/state.js';

/** Which of these store paths a `collected` record names. */
export function findCollected(ledger: LedgerState, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => ledger.collected.has(path));
}

/**
 * Whether parts of a snapshot were collected by a record behind `number`. A run that took its pins before may have seen
 * them; one that took them later has built them again.
 */
export function isSnapshotCollectedSince(ledger: LedgerState, folder: string, number: number): boolean {
  return [...ledger.collected.values()].some(
    (file) => file.rule === 'snapshots' && file.recordNumber > number && file.path.startsWith(`${folder}/`),
  );
}

/** A name for a table's file that no collected file had: removal may still be on its way to the old name. */
export function uncollectedName(ledger: LedgerState, nameOf: (suffix: string) => string): string {
  let times = 0;
  while (ledger.collected.has(nameOf(againSuffix(times)))) times++;
  return nameOf(againSuffix(times));
}

/** What makes a name another one after that many of its kind were collected. */
export function againSuffix(times: number): string {
  return times === 0 ? '' : `-again${String(times)}`;
}
