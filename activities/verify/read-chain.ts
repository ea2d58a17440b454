import { ledgerFolder, ledgerRecordPath, openRecord } from '../../contracts/ledger-record.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { LedgerHead } from '../../domain/ledger/record.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import type { Store } from '../ports/store.js';

/**
 * Reads a ledger from its first record to the first one that cannot be trusted, which it names. What stands behind that
 * one is not read: its place in the chain proves nothing any more.
 */
export async function readChain(
  store: Store,
  pipeline: string,
): Promise<{ readonly records: readonly ChainedRecord[]; readonly check: VerifyCheck }> {
  const names = await store.list(ledgerFolder(pipeline));
  const strange = names.filter((name) => !/^\d{8,}\.json$/.test(name));
  const last = Math.max(0, ...names.filter((name) => !strange.includes(name)).map((name) => Number.parseInt(name, 10)));
  const problems: Problem[] = strange.map((name) => ({
    field: `${ledgerFolder(pipeline)}/${name}`,
    found: 'a file of another name',
    expected: 'records only, such as 00000042.json',
  }));
  const records: ChainedRecord[] = [];
  let previous: LedgerHead = { number: 0, hash: null };
  while (previous.number < last) {
    const read = await readNext(store, pipeline, previous);
    if ('problems' in read) {
      problems.push(...read.problems);
      break;
    }
    records.push(read);
    previous = { number: read.record.number, hash: read.hash };
  }
  return { records, check: { name: 'the ledger is one unbroken chain', checked: last, problems } };
}

async function readNext(
  store: Store,
  pipeline: string,
  previous: LedgerHead,
): Promise<ChainedRecord | { readonly problems: readonly Problem[] }> {
  const number = previous.number + 1;
  const path = ledgerRecordPath(pipeline, number);
  const bytes = await store.read(path);
  if (bytes === null) return { problems: [{ field: path, found: 'nothing', expected: `record ${String(number)}` }] };
  try {
    return openRecord({ pipeline, number, bytes, previous });
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    return { problems: error.problems.map((problem) => ({ ...problem, field: `${path}: ${problem.field}` })) };
  }
}
