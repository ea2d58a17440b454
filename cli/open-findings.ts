import { readLedger } from '../activities/ledger/read-ledger.js';
import type { Store } from '../activities/ports/store.js';
import type { OpenRegistryFinding } from './doctor-checks.js';
import { describeFinding } from './record-sentence.js';

/** What the ledgers of a store found wrong in the registry and nobody settled. The registry itself is not asked. */
export async function findOpenFindings(store: Store): Promise<readonly OpenRegistryFinding[]> {
  const pipelines = await store.list('ledger');
  const findings = await Promise.all(
    pipelines.map(async (pipeline) => {
      const { openFinding } = (await readLedger(store, pipeline)).state;
      if (openFinding === null) return [];
      return [{ pipeline, says: describeFinding(openFinding), recordNumber: openFinding.recordNumber }];
    }),
  );
  return findings.flat();
}
