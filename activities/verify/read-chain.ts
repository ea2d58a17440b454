import { ledgerFolder, ledgerRecordPath, readUntrusted } from '../../contracts/ledger-record.js';
import type { Problem } from '../../domain/failure-types.js';
import type { ChainedRecord, LedgerState } from '../../domain/ledger/state.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { isRecordName, readTrusted } from '../ledger/read-trusted.js';
import type { Store } from '../ports/store.js';

/** What can be trusted of a ledger, and the check that this is all of it. */
export async function readChain(
  store: Store,
  pipeline: string,
): Promise<{ readonly records: readonly ChainedRecord[]; readonly check: VerifyCheck }> {
  const { records, last, broken } = await readTrusted(store, pipeline);
  const strange = (await store.list(ledgerFolder(pipeline))).filter((name) => !isRecordName(name));
  const problems: readonly Problem[] = [
    ...strange.map((name) => ({
      field: `${ledgerFolder(pipeline)}/${name}`,
      found: 'a file of another name',
      expected: 'records only, such as 00000042.json',
    })),
    ...(broken?.problems ?? []),
  ];
  const name = 'the ledger is one unbroken chain';
  return { records, check: { name, checked: last, problems, ...(broken === null ? {} : { badRecord: broken.bad }) } };
}

/**
 * The state that tells which files may be missing. Behind a record that cannot be trusted there may be records of what
 * was collected: what they excuse is no second problem, whoever wrote them.
 */
export async function withUntrustedCollections(
  store: Store,
  pipeline: string,
  state: LedgerState,
  last: number,
): Promise<LedgerState> {
  const collected = new Map(state.collected);
  for (let number = state.head.number + 1; number <= last; number += 1) {
    const bytes = await store.read(ledgerRecordPath(pipeline, number));
    const record = bytes === null ? null : readUntrusted(bytes);
    if (record?.event.type !== 'collected') continue;
    for (const file of record.event.files) collected.set(file.path, { ...file, recordNumber: number, at: record.at });
  }
  return { ...state, collected };
}
