import { PermanentFailure } from '../../domain/failure-types.js';
import { revokedByRollback } from '../../domain/rollback.js';
import type { Stamp } from '../../workflows/run-context.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import type { Store } from '../ports/store.js';
import type { RollbackPlan } from './rollback-plan.js';

/**
 * The one record that makes the target champion again and takes back whoever serves at that moment: the champion, and a
 * challenger whose share began after the rollback was planned. Repeating it finds the record.
 */
export async function restoreInLedger(store: Store, plan: RollbackPlan, stamp: Stamp): Promise<void> {
  crashPoint('before-champion-record');
  const result = await appendRecord(store, plan.pipeline, (state) => ({
    recordId: `champion/${plan.rollbackId}`,
    reason: plan.reason,
    event: {
      type: 'champion-changed',
      cause: 'rollback',
      decisionId: plan.rollbackId,
      from: plan.from,
      to: plan.to,
      reportDigest: null,
      approvalNumber: null,
      revokedDigests: revokedByRollback(state, plan.to),
    },
    ...stamp,
  }));
  crashPoint('after-champion-record');
  if (result.status !== 'refused') return;
  const message = `The ledger of ${plan.pipeline} cannot take champion-changed.`;
  throw new PermanentFailure('LEDGER_REFUSED', message, { problems: result.problems });
}
