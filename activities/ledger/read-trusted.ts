import { sha256Hex } from '../../contracts/digest.js';
import { ledgerFolder, ledgerRecordPath, openRecord } from '../../contracts/ledger-record.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { LedgerHead } from '../../domain/ledger/record.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { BadRecord } from '../../domain/verify/check.js';
import type { Store } from '../ports/store.js';

/** Where a chain breaks: the first record that cannot be trusted, and what is wrong with it. */
export interface Broken {
  readonly bad: BadRecord;
  readonly problems: readonly Problem[];
}

/** What can be trusted of a ledger: records from the first one on, oldest first. */
export interface TrustedRecords {
  readonly records: readonly ChainedRecord[];
  /** Highest number that has a file; 0 for an empty ledger. */
  readonly last: number;
  /** Null where every record up to the last one can be trusted. */
  readonly broken: Broken | null;
}

/**
 * Reads a ledger from its first record to the first one that cannot be trusted, which it names. What stands behind that
 * one is not read: its place in the chain proves nothing any more. Whoever reports a broken ledger asks here which
 * record is to blame, so that all of them blame the same one.
 */
export async function readTrusted(store: Store, pipeline: string): Promise<TrustedRecords> {
  const last = await lastRecordNumber(store, pipeline);
  const records: ChainedRecord[] = [];
  let previous: LedgerHead = { number: 0, hash: null };
  while (previous.number < last) {
    const read = await readNext(store, pipeline, previous);
    if ('bad' in read) {
      // A record that its successor does not vouch for is not trusted either, well-formed as it may be.
      const trusted = records.filter(({ record }) => record.number < read.bad.number);
      return { records: trusted, last, broken: read };
    }
    records.push(read);
    previous = { number: read.record.number, hash: read.hash };
  }
  return { records, last, broken: null };
}

/** Highest number that has a file; 0 for an empty ledger. */
export async function lastRecordNumber(store: Store, pipeline: string): Promise<number> {
  const names = await store.list(ledgerFolder(pipeline));
  return names.reduce((last, name) => (isRecordName(name) ? Math.max(last, Number.parseInt(name, 10)) : last), 0);
}

/** Whether a file of a ledger is called like a record, such as `00000042.json`. */
export function isRecordName(name: string): boolean {
  return /^\d{8,}\.json$/.test(name);
}

async function readNext(store: Store, pipeline: string, previous: LedgerHead): Promise<ChainedRecord | Broken> {
  const number = previous.number + 1;
  const path = ledgerRecordPath(pipeline, number);
  const bytes = await store.read(path);
  if (bytes === null) {
    const problem = { field: path, found: 'nothing', expected: `record ${String(number)}` };
    return broken(pipeline, number, [problem]);
  }
  try {
    return openRecord({ pipeline, number, bytes, previous });
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    const { problems } = error;
    const [only, ...others] = problems;
    if (only?.field === 'previousHash' && others.length === 0 && previous.number > 0) {
      return blamePredecessor({ store, pipeline, previous, bytes, named: only.found });
    }
    return broken(
      pipeline,
      number,
      problems.map((problem) => ({ ...problem, field: `${path}: ${problem.field}` })),
    );
  }
}

/**
 * A record that names another hash than its predecessor has: one of the two was changed. The record after them tells
 * which: if it vouches for the later one, the earlier one is not what it was. Without that witness it may be either.
 */
async function blamePredecessor({
  store,
  pipeline,
  previous,
  bytes,
  named,
}: {
  readonly store: Store;
  readonly pipeline: string;
  readonly previous: LedgerHead;
  readonly bytes: Uint8Array;
  readonly named: string;
}): Promise<Broken> {
  const { number } = previous;
  const witness = await store.read(ledgerRecordPath(pipeline, number + 2));
  const isVouchedFor = witness !== null && previousHashIn(witness) === hashOf(bytes);
  if (witness !== null && !isVouchedFor) {
    const path = ledgerRecordPath(pipeline, number + 1);
    const expected = `${previous.hash ?? ''}, the hash of record ${String(number)}`;
    return broken(pipeline, number + 1, [{ field: `${path}: previousHash`, found: named, expected }]);
  }
  const doubt = isVouchedFor ? '' : `, unless record ${String(number + 1)} itself was changed: it is the last one`;
  const expected = `content with hash ${named}, as record ${String(number + 1)} names it${doubt}`;
  const problem = { field: ledgerRecordPath(pipeline, number), found: `hash ${previous.hash ?? ''}`, expected };
  return broken(pipeline, number, [problem]);
}

/** A record's hash is that of its canonical JSON: its file without the line end. */
function hashOf(bytes: Uint8Array): string {
  return sha256Hex(new TextDecoder().decode(bytes).replace(/\n$/, ''));
}

function previousHashIn(bytes: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly previousHash?: unknown }).previousHash;
  } catch {
    return undefined;
  }
}

function broken(pipeline: string, number: number, problems: readonly Problem[]): Broken {
  const wrong = problems.map(({ field, found, expected }) => `${field}: found ${found}, expected ${expected}`);
  const path = ledgerRecordPath(pipeline, number);
  const before = number === 1 ? 'nothing in this ledger' : `only records 1 to ${String(number - 1)}`;
  const advice = `Stop writing, and put ${path} back as a backup has it. Until then ${before} can be trusted.`;
  return { bad: { number, wrong: wrong.join('; '), advice }, problems };
}
