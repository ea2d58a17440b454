import type { RolloutAnalyzed } from '../ledger/promotion-events.js';
import type { LedgerState } from '../ledger/state.js';
import type { RolloutAnalysis } from './analysis.js';
import { decideLook, type EarlierLooks, type LookDecision } from './decide-look.js';

/**
 * What follows from an analysis, given the earlier looks at the same step, or watch, in the ledger. A look that found the
 * very same thing before is the same look: it does not count twice.
 */
export function decideAnalysis(state: LedgerState, analysis: RolloutAnalysis, reportDigest: string): LookDecision {
  const { progress, checks, policy, phase, step, promotionId } = analysis;
  const looks = state.promotions.get(promotionId)?.looks ?? [];
  const others = looks.filter(
    (look) => look.phase === phase && look.step === step && look.reportDigest !== reportDigest,
  );
  const isFinal = phase === 'watch' && progress.isOver && progress.cyclesPending === 0;
  return decideLook({ progress, checks, earlier: countEarlier(others), policy, isFinal });
}

function countEarlier(looks: readonly RolloutAnalyzed[]): EarlierLooks {
  const hasFailed = ({ verdict }: RolloutAnalyzed): boolean => verdict === 'fail';
  const hasSettledNothing = ({ verdict, isTolerated }: RolloutAnalyzed): boolean =>
    verdict === 'inconclusive' && isTolerated === true;
  return { failed: looks.filter(hasFailed).length, inconclusive: looks.filter(hasSettledNothing).length };
}
