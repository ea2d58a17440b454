import { ledgerCorrupt, ledgerRecordPath, openRecord } from '../../contracts/ledger-record.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { evolve } from '../../domain/ledger/evolve.js';
import { emptyLedger, type ChainedRecord, type LedgerState } from '../../domain/ledger/state.js';
import type { Store } from '../ports/store.js';
import { lastRecordNumber, readTrusted } from './read-trusted.js';

/** A pipeline's ledger as it was read: verified records, oldest first, and what they add up to. */
export interface Ledger {
  readonly records: readonly ChainedRecord[];
  readonly state: LedgerState;
}

const unread: Ledger = { records: [], state: emptyLedger };

/** Records never change, so what this process verified once it need not verify again. `verify` reads past it. */
const verified = new WeakMap<Store, Map<string, Ledger>>();

/** Enough to hide the latency of a remote store, little enough for its rate limits. */
const readsAtOnce = 16;

/**
 * Reads a ledger and verifies its chain. Throws LEDGER_CORRUPT naming the first record that cannot be trusted.
 */
export async function readLedger(store: Store, pipeline: string): Promise<Ledger> {
  const known = verified.get(store) ?? new Map<string, Ledger>();
  verified.set(store, known);
  const ledger = await readOn(store, pipeline, known.get(pipeline) ?? unread);
  const latest = known.get(pipeline);
  if (latest === undefined || latest.records.length < ledger.records.length) known.set(pipeline, ledger);
  return ledger;
}

/** Reads and verifies every record again, whatever this process has seen before. */
export async function readLedgerAfresh(store: Store, pipeline: string): Promise<Ledger> {
  return readOn(store, pipeline, unread);
}

async function readOn(store: Store, pipeline: string, known: Ledger): Promise<Ledger> {
  try {
    return await readBehind(store, pipeline, known);
  } catch (error) {
    throw await blameFirstBad(store, pipeline, error);
  }
}

/** A record that does not fit may be right and the one before it changed: only the whole chain tells which. */
async function blameFirstBad(store: Store, pipeline: string, error: unknown): Promise<unknown> {
  if (!(error instanceof PermanentFailure) || error.type !== 'LEDGER_CORRUPT') return error;
  const { broken } = await readTrusted(store, pipeline);
  if (broken === null) return error;
  const { number, advice } = broken.bad;
  return ledgerCorrupt(ledgerRecordPath(pipeline, number), number, broken.problems, advice);
}

async function readBehind(store: Store, pipeline: string, known: Ledger): Promise<Ledger> {
  const expected = known.records.length === 0 ? await lastRecordNumber(store, pipeline) : known.records.length;
  const found = await readBytesAfter(store, pipeline, known.records.length, expected);
  if (found.length === 0) return known;
  let state = known.state;
  const records = [...known.records];
  for (const bytes of found) {
    const record = openRecord({ pipeline, number: state.head.number + 1, bytes, previous: state.head });
    records.push(record);
    state = evolve(state, record);
  }
  return { records, state };
}

/** Everything behind `from`, in order, up to the first number nobody has created; `expected` must be reached. */
async function readBytesAfter(
  store: Store,
  pipeline: string,
  from: number,
  expected: number,
): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (;;) {
    const first = from + found.length + 1;
    const atOnce = first > expected ? 1 : Math.min(readsAtOnce, expected - first + 1);
    const numbers = Array.from({ length: atOnce }, (_, index) => first + index);
    const batch = await Promise.all(numbers.map((number) => store.read(ledgerRecordPath(pipeline, number))));
    const missing = batch.indexOf(null);
    if (missing >= 0 && first + missing <= expected) throw recordMissing(pipeline, first + missing, expected);
    found.push(...batch.filter((bytes) => bytes !== null));
    if (missing >= 0) return found;
  }
}

function recordMissing(pipeline: string, number: number, last: number): Error {
  const found = `nothing, although record ${String(last)} exists`;
  return ledgerCorrupt(ledgerRecordPath(pipeline, number), number, [{ field: 'record', found, expected: 'a record' }]);
}
