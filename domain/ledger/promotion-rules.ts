import type { Problem } from '../failure-types.js';
import { combineChecks } from '../gates/evaluate-gates.js';
import type {
  ApprovalNotified,
  ApprovalRequested,
  GatesEvaluated,
  PromotionClosed,
  PromotionOpened,
  RolloutAnalyzed,
} from './promotion-events.js';
import type { DecisionReceived } from './decision-events.js';
import { isSameApprover } from '../promotion/person.js';
import { approvalsOf, decisionInForce, lookRejection } from './questions.js';
import { must, problemsOf, shown } from './rule.js';
import type { LedgerState, OpenPromotion } from './state.js';

type PromotionEvent =
  | PromotionOpened
  | GatesEvaluated
  | ApprovalRequested
  | ApprovalNotified
  | DecisionReceived
  | PromotionClosed
  | RolloutAnalyzed;

/** What keeps a promotion event out of the ledger. */
export function findPromotionProblems(state: LedgerState, event: PromotionEvent, at: string): readonly Problem[] {
  if (event.type === 'promotion-opened') return findOpeningProblems(state, event);
  if (event.type === 'decision-received' && !event.accepted) return findUncountedProblems(state, event);
  const promotion = state.openPromotion;
  if (promotion?.promotionId !== event.promotionId) return [notOpen(state, event.promotionId)];
  switch (event.type) {
    case 'gates-evaluated':
      return findGateProblems(state, promotion, event);
    case 'approval-requested':
      return findRequestProblems(promotion, event);
    case 'approval-notified':
      return findNoticeProblems(promotion, event);
    case 'decision-received':
      return findDecisionProblems(promotion, event, at);
    case 'rollout-analyzed':
      return findLookProblems(state, promotion, event);
    case 'promotion-closed':
      return findClosingProblems(state, promotion, event);
  }
}

function notOpen(state: LedgerState, promotionId: string): Problem {
  const known = state.promotions.get(promotionId);
  const found = `${promotionId} (${known?.status ?? 'unknown'})`;
  return { field: 'promotionId', found, expected: `the open promotion: ${shown(state.openPromotion?.promotionId)}` };
}

function findOpeningProblems(state: LedgerState, event: PromotionOpened): readonly Problem[] {
  const { modelDigest } = event.challenger;
  const champion = state.champion?.modelDigest ?? null;
  return problemsOf(
    must(state.openPromotion === null, 'promotion', `${shown(state.openPromotion?.promotionId)} is open`, 'none open'),
    must(!state.promotions.has(event.promotionId), 'promotionId', `${event.promotionId} was used`, 'a new id'),
    must(state.models.has(modelDigest), 'challenger.modelDigest', modelDigest, 'a registered model'),
    event.kind === 'bootstrap'
      ? must(champion === null, 'champion', shown(champion), 'none, for a bootstrap')
      : must(champion !== null, 'champion', 'none', 'a champion, or a promotion of kind bootstrap'),
    must(champion !== modelDigest, 'challenger.modelDigest', `${modelDigest}, the champion itself`, 'another model'),
  );
}

function findGateProblems(state: LedgerState, promotion: OpenPromotion, event: GatesEvaluated): readonly Problem[] {
  const champion = state.champion?.modelDigest ?? null;
  const verdict = combineChecks(event.checks.map(({ mode = 'enforce', verdict: found }) => ({ mode, verdict: found })));
  const epoch = state.decisionEpoch;
  return problemsOf(
    sameChallenger(promotion, event.challengerDigest),
    must(event.championDigest === champion, 'championDigest', shown(event.championDigest), shown(champion)),
    must(event.decisionEpoch === epoch, 'decisionEpoch', shown(event.decisionEpoch), shown(epoch)),
    must(event.verdict !== 'pass' || verdict === 'pass', 'verdict', 'pass', `${verdict}, as the checks say`),
    must(promotion.change === null, 'promotion', 'champion already changed in its name', 'gates before the change'),
  );
}

function findRequestProblems(promotion: OpenPromotion, event: ApprovalRequested): readonly Problem[] {
  const look = promotion.looks.at(-1);
  if (look !== undefined && look.reportDigest === event.reportDigest)
    return problemsOf(must(look.verdict === 'inconclusive', 'look.verdict', look.verdict, 'inconclusive'));
  return problemsOf(
    sameReport(promotion, event.reportDigest),
    must(promotion.report?.verdict === 'pass', 'report.verdict', shown(promotion.report?.verdict), 'pass'),
  );
}

function findNoticeProblems(promotion: OpenPromotion, event: ApprovalNotified): readonly Problem[] {
  const asked = promotion.request?.reportDigest;
  return problemsOf(
    must(asked === event.reportDigest, 'reportDigest', event.reportDigest, `requested: ${shown(asked)}`),
  );
}

/** A step is looked at while it is in force, the watch once the champion has changed. */
function findLookProblems(state: LedgerState, promotion: OpenPromotion, event: RolloutAnalyzed): readonly Problem[] {
  if (event.phase === 'watch')
    return problemsOf(must(promotion.change !== null, 'phase', 'watch', 'a step: the champion has not changed yet'));
  const step = state.split?.promotionId === promotion.promotionId ? state.split.step : null;
  return problemsOf(must(event.step !== null && event.step === step, 'step', shown(event.step), shown(step)));
}

/** A decision that does not count is recorded whenever it comes, as long as it names a promotion. */
function findUncountedProblems(state: LedgerState, event: DecisionReceived): readonly Problem[] {
  const isKnown = state.promotions.has(event.promotionId);
  return problemsOf(must(isKnown, 'promotionId', event.promotionId, 'a promotion of this ledger'));
}

function findDecisionProblems(promotion: OpenPromotion, event: DecisionReceived, at: string): readonly Problem[] {
  const earlier = decisionInForce(promotion);
  const look = promotion.looks.at(-1);
  if (event.decision !== 'abort' && look !== undefined && event.reportDigest === look.reportDigest)
    return findLookDecisionProblems(promotion, event);
  const common = problemsOf(
    must(event.by !== '', 'by', 'an empty text', 'who decided'),
    must(
      promotion.change === null,
      'promotion',
      'champion already changed in its name',
      'a decision before the change',
    ),
  );
  if (event.decision === 'abort') {
    return [...common, ...problemsOf(must(earlier?.decision !== 'abort', 'decision', 'abort', 'already aborted'))];
  }
  const isFirst = must(earlier === null, 'decision', event.decision, `final: ${shown(earlier?.decision)}`);
  const named = sameReport(promotion, event.reportDigest);
  if (event.decision === 'reject') return [...common, ...problemsOf(isFirst, named)];
  const { report } = promotion;
  // An approval is given when it is sent: that nobody read it until the report was too old does not make it late.
  const givenAt = event.receivedAt ?? at;
  return [
    ...common,
    ...(earlier === null && named === null ? findRepeatProblems(promotion, event) : []),
    ...problemsOf(
      isFirst,
      named,
      must(report?.verdict === 'pass', 'report.verdict', shown(report?.verdict), 'pass'),
      must(
        report === null || !isPast(report.validUntil, givenAt),
        'at',
        givenAt,
        `no later than ${shown(report?.validUntil)}`,
      ),
    ),
  ];
}

/** A quorum is of different people. */
function findRepeatProblems(promotion: OpenPromotion, event: DecisionReceived): readonly Problem[] {
  const earlier = approvalsOf(promotion, event.reportDigest ?? '').find((known) => isSameApprover(known, event));
  return problemsOf(
    must(earlier === undefined, 'by', `${event.by}, who approved in record ${shown(earlier?.recordNumber)}`, 'another'),
  );
}

/** What a look could not settle, a person may: once for each look. */
function findLookDecisionProblems(promotion: OpenPromotion, event: DecisionReceived): readonly Problem[] {
  const earlier = promotion.decisions.find((known) => known.accepted && known.reportDigest === event.reportDigest);
  return problemsOf(
    must(event.by !== '', 'by', 'an empty text', 'who decided'),
    must(earlier === undefined, 'decision', event.decision, `final: ${shown(earlier?.decision)}`),
  );
}

function findClosingProblems(state: LedgerState, promotion: OpenPromotion, event: PromotionClosed): readonly Problem[] {
  const decision = decisionInForce(promotion)?.decision ?? null;
  const isChanged = promotion.change !== null;
  const isAfterChange = event.outcome === 'promoted' || event.outcome === 'rolled-back';
  const needed = { rejected: 'reject', aborted: 'abort' }[event.outcome as string] ?? null;
  const isDecided = decision === needed || (needed === 'reject' && lookRejection(promotion) !== null);
  return problemsOf(
    sameChallenger(promotion, event.challengerDigest),
    must(
      isChanged ? isAfterChange : event.outcome !== 'promoted',
      'outcome',
      event.outcome,
      isChanged ? 'promoted or rolled-back' : 'another',
    ),
    must(
      state.split?.promotionId !== promotion.promotionId,
      'promotion',
      `step ${shown(state.split?.step)} of its rollout is in force`,
      'a rollout that ended',
    ),
    must(needed === null || isDecided, 'outcome', event.outcome, `an accepted ${shown(needed)} before it`),
  );
}

function sameChallenger(promotion: OpenPromotion, digest: string): Problem | null {
  const { modelDigest } = promotion.challenger;
  return must(digest === modelDigest, 'challengerDigest', digest, modelDigest);
}

function sameReport(promotion: OpenPromotion, digest: string | null): Problem | null {
  const latest = promotion.report?.reportDigest ?? null;
  return must(
    latest !== null && digest === latest,
    'reportDigest',
    shown(digest),
    `the latest report: ${shown(latest)}`,
  );
}

/** Whether `at` is later than a limit. The limit itself still counts. */
export function isPast(limit: string, at: string): boolean {
  return Date.parse(at) > Date.parse(limit);
}
