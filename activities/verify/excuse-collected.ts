import { PermanentFailure } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { isThere } from '../retention/collected-files.js';

/** Whether a file may be missing. One that is there is checked like any other. */
export type Excuse = (file: FileRef) => Promise<boolean>;

/**
 * A missing file is excused by the `collected` record that names its content, unless what is served or could serve
 * next stands on it: that must never have been collected.
 */
export async function excuseCollected(
  { store, table, pipeline }: { readonly store: Store; readonly table: PredictionTable; readonly pipeline: string },
  state: LedgerState,
): Promise<Excuse> {
  const needed = new Set([
    ...(await liveNeeds(table, pipeline)),
    ...[state.champion, state.previousChampion].flatMap((model) =>
      model === null ? [] : [`models/${model.modelDigest}`],
    ),
  ]);
  return async (file) => {
    const recorded = state.collected.get(file.path);
    const folder = file.path.slice(0, file.path.lastIndexOf('/'));
    if (recorded?.sha256 !== file.sha256 || needed.has(file.path) || needed.has(folder)) return false;
    return !(await isThere(store, file.path));
  };
}

/** Live files, and the folders of the snapshots they were made from. A log that cannot be read is told by its own check. */
async function liveNeeds(table: PredictionTable, pipeline: string): Promise<readonly string[]> {
  const needs: string[] = [];
  for (const name of ['predictions', 'shadow-predictions'] as const) {
    try {
      for (const file of (await table.load(pipeline, name)).files) {
        needs.push(`${table.folder(pipeline, name)}/${file.path}`, `snapshots/${pipeline}/${file.snapshotDigest}`);
      }
    } catch (error) {
      if (!(error instanceof PermanentFailure)) throw error;
    }
  }
  return needs;
}
