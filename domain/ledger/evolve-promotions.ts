import { unreasoned, type DecisionReceived } from './decision-events.js';
import type { LedgerEvent } from './events.js';
import type { LedgerRecord } from './record.js';
import type { LedgerState, PromotionState, RecordedDecision } from './state.js';

/** Follows the promotions: each event changes the one it names. An event that names an unknown promotion changes none. */
export function evolvePromotions(state: LedgerState, record: LedgerRecord): LedgerState {
  const promotion = nextPromotion(state, record);
  if (promotion === null) return state;
  const promotions = new Map(state.promotions).set(promotion.promotionId, promotion);
  if (promotion.status === 'open') return { ...state, promotions, openPromotion: promotion };
  const wasOpen = state.openPromotion?.promotionId === promotion.promotionId;
  return { ...state, promotions, openPromotion: wasOpen ? null : state.openPromotion };
}

function nextPromotion(state: LedgerState, record: LedgerRecord): PromotionState | null {
  const { event } = record;
  if (event.type === 'promotion-opened') {
    return {
      status: 'open',
      promotionId: event.promotionId,
      kind: event.kind,
      challenger: event.challenger,
      openedAt: record.at,
      openedBy: record.actor,
      openedNumber: record.number,
      report: null,
      request: null,
      notifiedDigests: [],
      decisions: [],
      looks: [],
      change: null,
    };
  }
  const promotionId = promotionNamedBy(event);
  const current = promotionId === null ? undefined : state.promotions.get(promotionId);
  return current === undefined ? null : advancePromotion(current, state, record);
}

function advancePromotion(current: PromotionState, state: LedgerState, record: LedgerRecord): PromotionState | null {
  const { event, number, at } = record;
  switch (event.type) {
    case 'gates-evaluated':
      return { ...current, report: { ...event, recordNumber: number, at } };
    case 'approval-requested': {
      const { reportDigest, deadlineAt, quorum } = event;
      const asked = quorum === undefined ? {} : { quorum };
      return { ...current, request: { reportDigest, deadlineAt, recordNumber: number, ...asked } };
    }
    case 'approval-notified':
      return { ...current, notifiedDigests: [...current.notifiedDigests, event.reportDigest] };
    case 'decision-received':
      return { ...current, decisions: [...current.decisions, decisionOf({ ...record, event })] };
    case 'rollout-analyzed':
      return { ...current, looks: [...current.looks, { ...event, recordNumber: number, at }] };
    case 'champion-changed':
      return { ...current, change: { epoch: state.decisionEpoch, recordNumber: number } };
    case 'promotion-closed': {
      const { outcome, grounds } = event;
      return { ...current, status: 'closed', outcome, grounds, closedAt: at, closedNumber: number };
    }
    case 'promotion-opened':
    case 'split-changed':
    case 'model-registered':
    case 'retrain-decided':
    case 'alias-projected':
    case 'alias-moved-elsewhere':
    case 'alias-settled':
    case 'predictions-replaced':
    case 'rollback-drilled':
    case 'window-held':
    case 'fallback-scored':
    case 'window-monitored':
    case 'collected':
      return null;
  }
}

function decisionOf({ event, number, at, reason }: LedgerRecord<DecisionReceived>): RecordedDecision {
  return { ...event, recordNumber: number, at, reason: reason === unreasoned(event.decision) ? '' : reason };
}

function promotionNamedBy(event: LedgerEvent): string | null {
  if (event.type === 'champion-changed') {
    return event.cause === 'bootstrap' || event.cause === 'promotion' ? event.decisionId : null;
  }
  return 'promotionId' in event ? event.promotionId : null;
}
