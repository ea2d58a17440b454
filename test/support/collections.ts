import { collectStore, type CollectArgs, type Collection } from '../../activities/retention/collect-store.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import type { FileSystemStore } from '../../adapters/store/file-system-store.js';
import { dayMs, flightsDefinition } from './flights-definition.js';
import { pipeline } from './ledger.js';

/** An instant so many days after the files of a test were written. */
export function daysLater(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString();
}

/** A collection a year after everything was written, with a policy that keeps publications for 90 days. */
export function collectArgs(overrides: Partial<CollectArgs> = {}): CollectArgs {
  const now = overrides.now ?? daysLater(365);
  return {
    pipeline,
    policy: { ...flightsDefinition().retention, publicationsAfterMs: 90 * dayMs },
    now,
    apply: true,
    stamp: { at: now, actor: { name: 'Ada', kind: 'person' }, workflow: null },
    reason: 'a test',
    ...overrides,
  };
}

/** A collection in this process. */
export function collectHere(store: FileSystemStore, overrides: Partial<CollectArgs> = {}): Promise<Collection> {
  return collectStore({ store, staging: store, table: new DeltaPredictionTable(store) }, collectArgs(overrides));
}
