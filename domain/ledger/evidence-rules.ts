import type { Problem } from '../failure-types.js';
import { isPast } from './promotion-rules.js';
import { decisionInForce, splitsOf } from './questions.js';
import { must, problemsOf, shown } from './rule.js';
import type { LedgerState, OpenPromotion } from './state.js';

/**
 * What keeps a promotion from acting on its evidence, be it a step of the rollout or the change of champion: it needs a
 * passing report that saw the champion of today, and an approval of exactly that report. The report has to be young
 * enough for the first such act; the later ones follow from it.
 */
export function findEvidenceProblems(state: LedgerState, promotion: OpenPromotion, at: string): readonly Problem[] {
  const { report } = promotion;
  if (report === null) return [{ field: 'report', found: 'none', expected: 'evaluated gates' }];
  const decision = decisionInForce(promotion);
  const own = splitsOf(state, promotion.promotionId);
  // Epochs that this very promotion's steps began do not make its report one of yesterday.
  const epoch = state.decisionEpoch - own.length;
  return problemsOf(
    must(report.verdict === 'pass', 'report.verdict', report.verdict, 'pass'),
    must(report.decisionEpoch === epoch, 'report.decisionEpoch', shown(report.decisionEpoch), shown(epoch)),
    must(own.length > 0 || !isPast(report.validUntil, at), 'at', at, `no later than ${report.validUntil}`),
    must(decision?.decision === 'approve', 'approval', shown(decision?.decision), 'an accepted approval of the report'),
  );
}
