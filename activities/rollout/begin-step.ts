import { sha256Hex } from '../../contracts/digest.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { RolloutStep } from '../../domain/rollout/rollout-policy.js';
import { namePlace, shareOf } from '../../domain/rollout/rollout-plan.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import type { Store } from '../ports/store.js';
import { idOf, type RolloutRequest } from './rollout-request.js';

/** `void`: what the ledger has moved to does not let this step begin. */
export type StepStart = { readonly status: 'begun' } | { readonly status: 'void'; readonly grounds: readonly string[] };

export interface StepRequest extends RolloutRequest {
  /** Position in the plan, from 0. */
  readonly step: number;
}

/**
 * Begins one step with one ledger record: from here on scoring runs pin its split. The salt is the same for all steps of
 * a promotion, so whoever is in the cohort stays in it. Repeating it after a kill finds the record.
 */
export async function beginStep(
  store: Store,
  { promotion, step, stamp }: StepRequest,
  steps: readonly RolloutStep[],
): Promise<StepStart> {
  const promotionId = idOf(promotion);
  const planned = steps[step];
  if (planned === undefined) return { status: 'void', grounds: [`the plan has no step ${String(step + 1)}`] };
  const sharePercent = shareOf(planned);
  const place = namePlace({ step: step + 1, steps: steps.length, sharePercent });
  crashPoint('before-step');
  const result = await appendRecord(store, promotion.pipeline, {
    recordId: `split/${promotionId}/${String(step)}`,
    at: stamp.at,
    actor: stamp.actor,
    reason: promotion.reason,
    workflow: stamp.workflow,
    event: {
      type: 'split-changed',
      promotionId,
      step,
      challenger: promotion.challenger,
      sharePercent,
      salt: saltOf(promotionId),
      grounds: [place],
      definitionDigest: promotion.definitionDigest,
      revokedDigests: [],
    },
  });
  crashPoint('after-step');
  if (result.status !== 'refused') return { status: 'begun' };
  return { status: 'void', grounds: result.problems.map((p) => `${p.field} is ${p.found}, expected ${p.expected}`) };
}

/** Fixed for a promotion, and no two promotions draw the same cohort. */
export function saltOf(promotionId: string): string {
  return sha256Hex(promotionId).slice(0, 16);
}

/** The split of this promotion that is in force; null when there is none. */
export function splitInForce(state: LedgerState, promotionId: string): LedgerState['split'] {
  return state.split?.promotionId === promotionId ? state.split : null;
}
