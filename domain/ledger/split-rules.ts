import type { Problem } from '../failure-types.js';
import { findEvidenceProblems } from './evidence-rules.js';
import type { SplitChanged } from './promotion-events.js';
import { splitsOf } from './questions.js';
import { must, problemsOf, shown } from './rule.js';
import { isSameModel } from './state.js';
import type { LedgerState, OpenPromotion } from './state.js';

/** What keeps a change of the split out of the ledger: it belongs to the open promotion, and shares never fall. */
export function findSplitProblems(state: LedgerState, event: SplitChanged, at: string): readonly Problem[] {
  const promotion = state.openPromotion;
  if (promotion?.promotionId !== event.promotionId) {
    const expected = `the open promotion: ${shown(promotion?.promotionId)}`;
    return [{ field: 'promotionId', found: event.promotionId, expected }];
  }
  const { challenger } = promotion;
  const common = problemsOf(
    must(
      isSameModel(event.challenger, challenger),
      'challenger',
      event.challenger.modelDigest,
      `the challenger ${challenger.modelDigest}`,
    ),
    must(state.champion !== null, 'champion', 'none', 'a champion that the challenger is rolled out beside'),
    must(promotion.change === null, 'promotion', 'champion already changed in its name', 'a step before the change'),
  );
  return [
    ...common,
    ...(event.step === null ? findEndProblems(state, event) : findStepProblems(state, promotion, event, at)),
  ];
}

function findStepProblems(
  state: LedgerState,
  promotion: OpenPromotion,
  event: SplitChanged,
  at: string,
): readonly Problem[] {
  const before = splitsOf(state, promotion.promotionId).at(-1);
  const step = before === undefined ? 0 : (before.step ?? Number.NaN) + 1;
  const { sharePercent } = event;
  const isShare = sharePercent >= 0 && sharePercent <= 100;
  return [
    ...problemsOf(
      must(event.step === step, 'step', shown(event.step), Number.isNaN(step) ? 'none: it ended' : shown(step)),
      must(isShare, 'sharePercent', shown(sharePercent), 'a share from 0 to 100'),
      must(
        before === undefined || sharePercent >= before.sharePercent,
        'sharePercent',
        shown(sharePercent),
        `at least ${shown(before?.sharePercent)}: shares never fall`,
      ),
      must(before === undefined || event.salt === before.salt, 'salt', event.salt, shown(before?.salt)),
      must(event.revokedDigests.length === 0, 'revokedDigests', event.revokedDigests.join(', '), 'none for a step'),
    ),
    ...findEvidenceProblems(state, promotion, at),
  ];
}

/** Whatever the challenger served is taken back with it. */
function findEndProblems(state: LedgerState, event: SplitChanged): readonly Problem[] {
  const { modelDigest } = event.challenger;
  const { sharePercent, revokedDigests } = event;
  return problemsOf(
    must(state.split?.promotionId === event.promotionId, 'step', 'none', 'a rollout that is under way'),
    must(sharePercent === 0, 'sharePercent', shown(sharePercent), '0 when the rollout ends'),
    must(
      revokedDigests.length === 1 && revokedDigests[0] === modelDigest,
      'revokedDigests',
      revokedDigests.join(', '),
      modelDigest,
    ),
  );
}
