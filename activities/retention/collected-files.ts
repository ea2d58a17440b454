import { PermanentFailure } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { TableFile } from '../../domain/published-table.js';
import { findCollected, isSnapshotCollectedSince } from '../../domain/retention/collected.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';

/**
 * Stops a publication whose files retention has named meanwhile: they waited uncommitted for longer than the grace
 * period. `ledger` must have been read after the table; with the empty commit that `collect` makes before it removes,
 * one of the two always sees the other. Throws COLLECTED; starting the run again scores again.
 */
export function assertNotCollected(
  ledger: LedgerState,
  wanted: {
    readonly pipeline: string;
    readonly folder: string;
    readonly files: readonly TableFile[];
    /** Where the ledger stood when the run took its pins. */
    readonly pinnedNumber: number;
  },
): void {
  const { pipeline, folder, files, pinnedNumber } = wanted;
  const paths = findCollected(
    ledger,
    files.map((file) => `${folder}/${file.path}`),
  );
  const snapshots = [...new Set(files.map(({ snapshotDigest }) => `snapshots/${pipeline}/${snapshotDigest}`))];
  const gone = [...paths, ...snapshots.filter((path) => isSnapshotCollectedSince(ledger, path, pinnedNumber))];
  if (gone.length > 0) throw collectedMeanwhile(gone);
}

/** What a run scored was collected before it was published. */
export function collectedMeanwhile(gone: readonly string[]): PermanentFailure {
  const message = 'What this run made was collected before it was published: start it again.';
  return new PermanentFailure('COLLECTED', message, {
    problems: gone.map((field) => ({
      field,
      found: 'a collected record names it',
      expected: 'files younger than retention.grace',
    })),
  });
}

/** Refuses files of an old version that retention has taken out. Throws COLLECTED, naming the record of each. */
export async function assertReadable(
  store: Store,
  pipeline: string,
  version: { readonly number: number; readonly folder: string; readonly files: readonly TableFile[] },
): Promise<void> {
  const { state } = await readLedger(store, pipeline);
  const paths = version.files.map((file) => `${version.folder}/${file.path}`);
  const gone: string[] = [];
  for (const path of findCollected(state, paths)) if (!(await isThere(store, path))) gone.push(path);
  if (gone.length === 0) return;
  throw new PermanentFailure(
    'COLLECTED',
    `Version ${String(version.number)} can no longer be read: its files were collected.`,
    {
      problems: gone.map((field) => {
        const recorded = state.collected.get(field);
        const found = `collected on ${recorded?.at ?? ''} by rule ${recorded?.rule ?? ''}, ledger record ${String(recorded?.recordNumber)}`;
        return { field, found, expected: 'a version within retention.publicationsAfter' };
      }),
      example: `gauntlet history ${pipeline} --all`,
    },
  );
}

/** Whether a file is in the store, without reading it. */
export async function isThere(store: Store, path: string): Promise<boolean> {
  const slash = path.lastIndexOf('/');
  return (await store.list(path.slice(0, slash))).includes(path.slice(slash + 1));
}
