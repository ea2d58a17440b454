import type { LedgerState, OpenPromotion, PromotionState } from '../../domain/ledger/state.js';
import type { PromoteResult } from '../../workflows/api.js';

/** A start that changes nothing, because another run works on the open promotion. */
export function elsewhere(promotion: OpenPromotion, state: LedgerState, workflowId: string): PromoteResult {
  const why = `the promotion of version ${promotion.challenger.version} is open in ${workflowId}`;
  return {
    ...base(promotion, state),
    status: 'in-progress-elsewhere',
    summary: `Nothing was started: ${why}. Decide or abort that one first.`,
    grounds: [why],
  };
}

/** How a promotion ended that another run closed meanwhile. */
export function closedMeanwhile(
  promotion: Extract<PromotionState, { status: 'closed' }>,
  state: LedgerState,
): PromoteResult {
  const { challenger, outcome, grounds, closedNumber } = promotion;
  return {
    ...base(promotion, state),
    status: outcome,
    summary: `The promotion of version ${challenger.version} was closed as ${outcome} by record ${String(closedNumber)}.`,
    grounds,
  };
}

function base({ promotionId, challenger }: PromotionState, { champion }: LedgerState) {
  return {
    promotionId,
    challenger,
    championBefore: champion,
    championAfter: champion,
    gates: null,
    approvedBy: null,
    alias: null,
  } as const;
}
