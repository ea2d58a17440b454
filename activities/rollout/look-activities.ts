import type { RolloutLook } from '../../domain/rollout/look.js';
import type { Stamp } from '../../workflows/run-context.js';
import { whileHeartbeating } from '../heartbeat.js';
import type { PromotionPlan } from '../promotion/begin-promotion.js';
import { lookAtRollout } from './look-at-rollout.js';
import type { LookServices } from './look-services.js';

/** What is looked at: the step of this promotion that is in force, or the watch after its change of champion. */
export interface LookRequest {
  readonly promotion: Pick<
    PromotionPlan,
    'pipeline' | 'promotionId' | 'definitionDigest' | 'challenger' | 'champion' | 'reason'
  >;
  readonly phase: 'step' | 'watch';
  readonly stamp: Stamp;
}

/** The step of `promote` that compares both sides between the steps of a rollout and in the watch. Heavy: the compute queue. */
export interface LookActivities {
  /**
   * Compares what both sides scored since the rollout, or the watch, began, on the labels that are known by the data
   * clock; keeps the analysis in the store and its verdict in the ledger. Looking again without anything new gives the
   * same answer and writes nothing.
   */
  readonly lookAtRollout: (request: LookRequest) => Promise<RolloutLook>;
}

/** Safe to repeat at every point. */
export function createLookActivities(services: LookServices): LookActivities {
  return {
    lookAtRollout: (request) => whileHeartbeating((signal) => lookAtRollout(services, { ...request, signal })),
  };
}
