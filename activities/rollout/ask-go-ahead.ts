import { goAheadFor } from '../../domain/ledger/questions.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import type { Definitions } from '../ports/definitions.js';
import type { Store } from '../ports/store.js';
import { idOf, type RolloutRequest } from './rollout-request.js';

export interface GoAheadRequest extends RolloutRequest {
  /** Of the look that settled nothing. */
  readonly reportDigest: string;
}

export interface GoAheadQuestion {
  readonly deadlineAt: string;
  /** Who has said already that the rollout goes on; null while nobody has. */
  readonly goAheadBy: string | null;
}

/** Asks once for each look, until the deadline of the policy. A run that takes over finds question and answer. */
export async function askGoAhead(
  { store, definitions }: { readonly store: Store; readonly definitions: Definitions },
  { promotion, reportDigest, stamp }: GoAheadRequest,
): Promise<GoAheadQuestion> {
  const { approval } = await definitions.loadPinned(promotion.definitionDigest);
  const promotionId = idOf(promotion);
  const deadlineAt = new Date(Date.parse(stamp.at) + approval.deadlineMs).toISOString();
  crashPoint('before-go-ahead-request');
  const { record, state } = await appendFact(store, {
    pipeline: promotion.pipeline,
    recordId: `promotion/${promotionId}/go-ahead-request/${reportDigest}`,
    reason: promotion.reason,
    event: { type: 'approval-requested', promotionId, reportDigest, deadlineAt },
    stamp,
  });
  crashPoint('after-go-ahead-request');
  const known = state.promotions.get(promotionId);
  return {
    deadlineAt: record.event.type === 'approval-requested' ? record.event.deadlineAt : deadlineAt,
    goAheadBy: known === undefined ? null : (goAheadFor(known, reportDigest)?.by ?? null),
  };
}
