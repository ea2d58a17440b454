import { ledgersFolder } from '../../contracts/ledger-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';

/**
 * Models that other pipelines of the store know, with one that does: equal content is one folder for all of them, and a
 * ledger tells of its own pipeline only. Throws LEDGER_CORRUPT for a ledger that cannot be read: then nobody knows what
 * it needs.
 */
export async function readModelsElsewhere(store: Store, pipeline: string): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const other of await store.list(ledgersFolder)) {
    if (other === pipeline) continue;
    const { state } = await readLedger(store, other);
    for (const modelDigest of state.models.keys()) known.set(modelDigest, other);
    for (const { model } of state.championHistory) known.set(model.modelDigest, other);
  }
  return known;
}
