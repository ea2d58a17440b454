import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { whileHeartbeating } from '../heartbeat.js';
import { planRollback } from './plan-rollback.js';
import { replaceServed, type ReplacementServices } from './replace-served.js';
import type { ReplacedPredictions, RollbackPlan } from './rollback-plan.js';

/** The steps of `rollback`. */
export function createRollbackActivities(services: ReplacementServices) {
  return {
    beginRollback: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<RollbackPlan> =>
      whileHeartbeating(() => planRollback(services, input, run)),

    /** The one record that makes the target champion again and revokes the bad version. Repeating it finds the record. */
    async restoreChampion({ plan, stamp }: { readonly plan: RollbackPlan; readonly stamp: Stamp }): Promise<void> {
      crashPoint('before-champion-record');
      await appendFact(services.store, {
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
    },

    replacePublished: (args: { readonly plan: RollbackPlan; readonly stamp: Stamp }): Promise<ReplacedPredictions> =>
      whileHeartbeating((signal, report) => replaceServed(services, { ...args, signal, report })),
  };
}

export type RollbackActivities = ReturnType<typeof createRollbackActivities>;
