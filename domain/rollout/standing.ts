import type { PromotionOutcome } from '../ledger/promotion-events.js';
import { decisionInForce, lookRejection, splitsOf } from '../ledger/questions.js';
import type { LedgerState, PromotionState } from '../ledger/state.js';

/** Where a promotion stands between its approval and its end, as the ledger alone says it. */
export type RolloutStanding =
  /** No step has begun: the gates and the approval come first, or the champion changes at once. */
  | { readonly status: 'not-begun' }
  /** A step is in force; `step` counts from 0. */
  | { readonly status: 'step'; readonly step: number; readonly sharePercent: number }
  /** It ended without the challenger; what that one served may still have to be replaced, and the promotion closed. */
  | { readonly status: 'ended'; readonly outcome: PromotionOutcome; readonly grounds: readonly string[] }
  /** The challenger is champion, and nobody has taken that back. */
  | {
      readonly status: 'changed';
      /** When, by the wall clock; left out by runs from before a watch had a deadline. */
      readonly since?: string;
    }
  /** Somebody rolled back meanwhile: there is nothing left to roll out or to watch. */
  | { readonly status: 'overturned'; readonly grounds: readonly string[] }
  | { readonly status: 'closed'; readonly outcome: PromotionOutcome; readonly grounds: readonly string[] };

/** A person's decision that ends a promotion whatever its looks say. */
export interface RecordedStop {
  readonly decision: 'reject' | 'abort';
  readonly by: string;
  readonly reason: string;
}

/** Where a promotion of this ledger stands. A promotion that the ledger does not know has not begun. */
export function standingOf(state: LedgerState, promotionId: string): RolloutStanding {
  const promotion = state.promotions.get(promotionId);
  if (promotion?.status === 'closed')
    return { status: 'closed', outcome: promotion.outcome, grounds: promotion.grounds };
  const since = promotion?.change?.epoch ?? null;
  if (since !== null) {
    const later = state.championHistory.find(({ epoch }) => epoch > since);
    return later === undefined ? changedIn(state, since) : overturned(later);
  }
  const last = splitsOf(state, promotionId).at(-1);
  if (last === undefined) return { status: 'not-begun' };
  if (last.step === null) return { status: 'ended', outcome: last.outcome ?? 'superseded', grounds: last.grounds };
  const { step, sharePercent, epoch } = last;
  const later = state.championHistory.find((term) => term.epoch > epoch);
  return later === undefined ? { status: 'step', step, sharePercent } : overturned(later);
}

/** An abort, or a rejection of a look, that a run heard and recorded before it was cut off; null when there is none. */
export function recordedStop(promotion: PromotionState): RecordedStop | null {
  if (promotion.change !== null) return null;
  const inForce = decisionInForce(promotion);
  const stop = inForce?.decision === 'abort' ? inForce : (lookRejection(promotion) ?? inForce);
  if (stop === null || stop.decision === 'approve') return null;
  return { decision: stop.decision, by: stop.by, reason: stop.note };
}

function changedIn({ championHistory }: LedgerState, changeEpoch: number): RolloutStanding {
  const term = championHistory.find(({ epoch }) => epoch === changeEpoch);
  return { status: 'changed', ...(term === undefined ? {} : { since: term.since }) };
}

function overturned(term: LedgerState['championHistory'][number]): RolloutStanding {
  const what = term.cause === 'rollback' ? 'a rollback' : 'a change of champion';
  return {
    status: 'overturned',
    grounds: [`${what} made version ${term.model.version} champion, by record ${String(term.recordNumber)}`],
  };
}
