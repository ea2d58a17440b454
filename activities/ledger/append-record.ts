import { ledgerRecordPath, sealRecord } from '../../contracts/ledger-record.js';
import type { Problem } from '../../domain/failure-types.js';
import { decideAppend } from '../../domain/ledger/append-rules.js';
import { evolve } from '../../domain/ledger/evolve.js';
import type { LedgerEntry, LedgerRecord } from '../../domain/ledger/record.js';
import type { ChainedRecord, LedgerState } from '../../domain/ledger/state.js';
import type { Store } from '../ports/store.js';
import { readLedger, type Ledger } from './read-ledger.js';

/** What to append: an entry, or a decision on the ledger as it is now; null appends nothing. Asked again after a lost race. */
export type EntryToAppend = LedgerEntry | ((state: LedgerState) => LedgerEntry | null);

export type AppendResult =
  | {
      /** `existing`: the record id was there already, written by an earlier attempt. */
      readonly status: 'appended' | 'existing';
      readonly record: LedgerRecord;
      readonly hash: string;
      readonly state: LedgerState;
    }
  | { readonly status: 'declined'; readonly state: LedgerState }
  | { readonly status: 'refused'; readonly problems: readonly Problem[]; readonly state: LedgerState };

/** Each lost race means that somebody else appended, so this many in a row are a crowd worth stepping back from. */
const maxAttempts = 500;

/**
 * Appends one record: fold; return if its record id is there; decide; create the next number; the loser folds again.
 * Safe to repeat after a kill at any point. Throws LEDGER_CORRUPT, and a transient error after too many lost races.
 */
export async function appendRecord(store: Store, pipeline: string, entry: EntryToAppend): Promise<AppendResult> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const result = await tryAppend(store, pipeline, await readLedger(store, pipeline), entry);
    if (result !== 'overtaken') return result;
  }
  throw new Error(`the ledger of ${pipeline} was overtaken ${String(maxAttempts)} times in a row; it is retried later`);
}

async function tryAppend(
  store: Store,
  pipeline: string,
  { records, state }: Ledger,
  entryToAppend: EntryToAppend,
): Promise<AppendResult | 'overtaken'> {
  const entry = typeof entryToAppend === 'function' ? entryToAppend(state) : entryToAppend;
  if (entry === null) return { status: 'declined', state };
  const existing = findRecord(records, entry.recordId);
  if (existing !== undefined) return { status: 'existing', ...existing, state };
  const decision = decideAppend(state, entry);
  if (decision.status === 'refused') return { ...decision, state };
  const { bytes, ...sealed } = sealRecord(pipeline, state.head, entry);
  const created = await store.createIfAbsent(ledgerRecordPath(pipeline, sealed.record.number), bytes);
  return created === 'created' ? { status: 'appended', ...sealed, state: evolve(state, sealed) } : 'overtaken';
}

/** The record that carries this id; undefined when the fact has not been recorded. */
export function findRecord(records: readonly ChainedRecord[], recordId: string): ChainedRecord | undefined {
  return records.findLast(({ record }) => record.recordId === recordId);
}
