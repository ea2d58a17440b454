import type { RollbackResult } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { whileHeartbeating } from '../heartbeat.js';
import { planRollback } from './plan-rollback.js';
import { rehearseRollback, type RehearsalServices } from './rehearse-rollback.js';
import { replaceServed } from './replace-served.js';
import { restoreInLedger } from './restore-champion.js';
import type { ReplacedPredictions, RollbackPlan } from './rollback-plan.js';

export interface RollbackStep {
  readonly plan: RollbackPlan;
  readonly stamp: Stamp;
}

/** The steps of `rollback`. */
export function createRollbackActivities(services: RehearsalServices) {
  return {
    beginRollback: ({ input, run }: { readonly input: unknown; readonly run: RunContext }): Promise<RollbackPlan> =>
      whileHeartbeating(() => planRollback(services, input, run)),

    restoreChampion: ({ plan, stamp }: RollbackStep): Promise<void> => restoreInLedger(services.store, plan, stamp),

    replacePublished: (step: RollbackStep): Promise<ReplacedPredictions> =>
      whileHeartbeating((signal, report) => replaceServed(services, { ...step, signal, report })),

    rehearseRollback: (step: RollbackStep): Promise<RollbackResult> =>
      whileHeartbeating((signal, report) => rehearseRollback(services, { ...step, signal, report })),
  };
}

export type RollbackActivities = ReturnType<typeof createRollbackActivities>;
