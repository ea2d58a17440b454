import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import type { Store } from '../ports/store.js';
import type { RollbackPlan } from './rollback-plan.js';

/** The one record that makes the target champion again and takes the bad version back. Repeating it finds the record. */
export async function restoreInLedger(store: Store, plan: RollbackPlan, stamp: Stamp): Promise<void> {
  crashPoint('before-champion-record');
  await appendFact(store, {
    pipeline: plan.pipeline,
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
      revokedDigests: plan.revokedDigests ?? [plan.from.modelDigest],
    },
    stamp,
  });
  crashPoint('after-champion-record');
}
