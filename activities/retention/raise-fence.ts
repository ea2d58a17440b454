import { transactionId, type CommitInfo } from '../../domain/published-table.js';
import type { CollectDecision } from '../../domain/retention/collection-summary.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { PredictionTable, TableName } from '../ports/prediction-table.js';
import { tooManyConflicts } from '../publication/publish-window.js';
import type { CollectionStamp } from './record-collected.js';
import type { RetentionServices } from './load-facts.js';

const maxAttempts = 200;

/**
 * Makes an empty commit in each table that could still come to name a file of these. A publication that read the ledger
 * before the record was in it then loses its race, reads again and sees the record. Once for each record is enough,
 * whoever makes it; safe to repeat.
 */
export async function raiseFences(
  services: RetentionServices,
  pipeline: string,
  decisions: readonly CollectDecision[],
  stamp: CollectionStamp,
): Promise<void> {
  const { state, records } = await readLedger(services.store, pipeline);
  const numbers = decisions.flatMap(({ path, rule }) =>
    rule === 'uncommitted' || rule === 'snapshots' ? [state.collected.get(path)?.recordNumber ?? 0] : [],
  );
  const ledgerNumber = Math.max(0, ...numbers);
  if (ledgerNumber === 0) return;
  const info = {
    operation: 'collect',
    at: stamp.stamp.at,
    ledgerNumber,
    ledgerHash: records[ledgerNumber - 1]?.hash ?? null,
    workflowId: stamp.stamp.workflow?.workflowId ?? 'gauntlet collect',
    workflowRunId: stamp.stamp.workflow?.runId ?? '',
    reason: stamp.reason,
    identity: `collected/${String(ledgerNumber)}`,
    decisionEpoch: state.decisionEpoch,
    windows: [],
  } as const;
  for (const name of ['predictions', 'shadow-predictions'] as const) {
    await raiseFence(services.table, pipeline, name, info);
  }
}

/** A table that nobody has written to has nothing to race for: its files are kept. */
async function raiseFence(table: PredictionTable, pipeline: string, name: TableName, info: CommitInfo): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { version, transactions } = await table.load(pipeline, name);
    if (transactions.has(transactionId(info))) return;
    if (version < 0) return;
    if ((await table.commit(pipeline, name, version + 1, { add: [], remove: [], info })) !== 'conflict') return;
  }
  throw tooManyConflicts(pipeline, name);
}
