import type { Problem } from '../failure-types.js';
import type { ChampionChanged } from './promotion-events.js';
import { adoptionObstacle } from './alias-policy.js';
import { findEvidenceProblems } from './evidence-rules.js';
import { decisionInForce } from './questions.js';
import { isPinRevoked } from './revocation.js';
import { must, problemsOf, shown } from './rule.js';
import { isSameModel } from './state.js';
import type { LedgerState, OpenPromotion } from './state.js';

/** What keeps a change of champion out of the ledger: it starts from the champion, and stands on its evidence. */
export function findChampionProblems(state: LedgerState, event: ChampionChanged, at: string): readonly Problem[] {
  const { from, to } = event;
  const common = problemsOf(
    must(isSameModel(from, state.champion), 'from', shown(from?.modelDigest), shown(state.champion?.modelDigest)),
    must(from?.modelDigest !== to.modelDigest, 'to', to.modelDigest, 'another model than the champion'),
    must(state.models.has(to.modelDigest), 'to', to.modelDigest, 'a registered model'),
  );
  return [...common, ...findCauseProblems(state, event, at)];
}

function findCauseProblems(state: LedgerState, event: ChampionChanged, at: string): readonly Problem[] {
  switch (event.cause) {
    case 'rollback':
      return findRollbackProblems(state, event);
    case 'adoption':
      return findAdoptionProblems(state, event);
    case 'bootstrap':
    case 'promotion':
      return byPromotion(state, event, at);
  }
}

function byPromotion(state: LedgerState, event: ChampionChanged, at: string): readonly Problem[] {
  const promotion = state.openPromotion;
  if (promotion?.promotionId !== event.decisionId) {
    const expected = `the open promotion: ${shown(promotion?.promotionId)}`;
    return [{ field: 'decisionId', found: event.decisionId, expected }];
  }
  const { modelDigest } = promotion.challenger;
  const kind = promotion.kind;
  return [
    ...problemsOf(
      must(event.cause === kind, 'cause', event.cause, kind),
      must(isSameModel(event.to, promotion.challenger), 'to', event.to.modelDigest, `the challenger ${modelDigest}`),
      must(promotion.change === null, 'decisionId', `${event.decisionId} has changed the champion`, 'one change'),
      must(event.revokedDigests.length === 0, 'revokedDigests', event.revokedDigests.join(', '), 'none'),
    ),
    ...findEvidenceProblems(state, promotion, at),
    ...approvalOf(promotion, event),
  ];
}

function approvalOf(promotion: OpenPromotion, { reportDigest, approvalNumber }: ChampionChanged): readonly Problem[] {
  const { report } = promotion;
  if (report === null) return [];
  const decision = decisionInForce(promotion);
  return problemsOf(
    must(reportDigest === report.reportDigest, 'reportDigest', shown(reportDigest), report.reportDigest),
    must(
      approvalNumber !== null && approvalNumber === decision?.recordNumber,
      'approvalNumber',
      shown(approvalNumber),
      shown(decision?.recordNumber),
    ),
  );
}

function findRollbackProblems(state: LedgerState, event: ChampionChanged): readonly Problem[] {
  const { from, to, revokedDigests } = event;
  const term = state.championHistory.findLast(({ model }) => isSameModel(model, to));
  const isStanding =
    term !== undefined && !isPinRevoked(state, { modelDigest: to.modelDigest, decisionEpoch: term.epoch });
  const isNew = state.championHistory.every(({ decisionId }) => decisionId !== event.decisionId);
  return problemsOf(
    must(isStanding, 'to', to.modelDigest, 'an earlier champion that no rollback took back'),
    must(isNew, 'decisionId', `${event.decisionId} was used`, 'a new id'),
    must(
      from !== null && revokedDigests.includes(from.modelDigest),
      'revokedDigests',
      revokedDigests.join(', '),
      'from',
    ),
    must(!revokedDigests.includes(to.modelDigest), 'revokedDigests', to.modelDigest, 'not the model that is restored'),
    must(event.reportDigest === null, 'reportDigest', shown(event.reportDigest), 'none for a rollback'),
    must(event.approvalNumber === null, 'approvalNumber', shown(event.approvalNumber), 'none for a rollback'),
  );
}

/** What somebody did in the registry is followed only while the record that found it stands open, and past no decision. */
function findAdoptionProblems(state: LedgerState, event: ChampionChanged): readonly Problem[] {
  const { to, decisionId, reportDigest, approvalNumber, revokedDigests } = event;
  const found = state.openFinding?.foundVersion ?? null;
  const obstacle = adoptionObstacle(state, to);
  const isNew = state.championHistory.every((term) => term.decisionId !== decisionId);
  return problemsOf(
    must(found === to.version, 'to', `version ${to.version}`, `what the open finding names: ${shown(found)}`),
    must(obstacle === null, 'to', shown(obstacle), 'a version that may be adopted'),
    must(isNew, 'decisionId', `${decisionId} was used`, 'a new id'),
    must(reportDigest === null, 'reportDigest', shown(reportDigest), 'none for an adoption'),
    must(approvalNumber === null, 'approvalNumber', shown(approvalNumber), 'none for an adoption'),
    must(revokedDigests.length === 0, 'revokedDigests', revokedDigests.join(', '), 'none'),
  );
}
