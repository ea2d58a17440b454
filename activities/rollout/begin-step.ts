import { sha256Hex } from '../../contracts/digest.js';
import { describeProblem } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { RolloutStep } from '../../domain/rollout/rollout-policy.js';
import { namePlace, shareOf } from '../../domain/rollout/rollout-plan.js';
import { crashPoint } from '../crash-point.js';
import { findTampering } from '../evidence/confirm-report.js';
import { appendRecord, findRecord } from '../ledger/append-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';
import { idOf, type RolloutRequest } from './rollout-request.js';

/** `void`: what the ledger has moved to does not let this step begin. `tampered`: what a person approved is not in the store. */
export type StepStart =
  | { readonly status: 'begun' }
  | { readonly status: 'void'; readonly grounds: readonly string[] }
  | { readonly status: 'tampered'; readonly grounds: readonly string[] };

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
  const recordId = `split/${promotionId}/${String(step)}`;
  const { records, state } = await readLedger(store, promotion.pipeline);
  if (findRecord(records, recordId) !== undefined) return { status: 'begun' };
  const tampering = await findTampering(store, state.openPromotion?.report ?? null);
  if (tampering.length > 0) return { status: 'tampered', grounds: tampering };
  const place = namePlace({ step: step + 1, steps: steps.length, sharePercent });
  crashPoint('before-step');
  const result = await appendRecord(store, promotion.pipeline, {
    recordId,
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
  return { status: 'void', grounds: result.problems.map(describeProblem) };
}

/** Fixed for a promotion, and no two promotions draw the same cohort. */
export function saltOf(promotionId: string): string {
  return sha256Hex(promotionId).slice(0, 16);
}

/** The split of this promotion that is in force; null when there is none. */
export function splitInForce(state: LedgerState, promotionId: string): LedgerState['split'] {
  return state.split?.promotionId === promotionId ? state.split : null;
}
