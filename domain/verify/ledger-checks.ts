import type { Problem } from '../failure-types.js';
import { decideAppend } from '../ledger/append-rules.js';
import type { ChampionChanged, GatesEvaluated } from '../ledger/promotion-events.js';
import type { DecisionReceived } from '../ledger/decision-events.js';
import type { LedgerEvent } from '../ledger/events.js';
import { evolve } from '../ledger/evolve.js';
import { must, problemsOf, shown } from '../ledger/rule.js';
import { emptyLedger, isSameModel, type ChainedRecord } from '../ledger/state.js';
import { checkEach, type BadRecord, type VerifyCheck } from './check.js';

/** Every record passes the rules again that it passed when it was written. */
export function checkLedgerRules(records: readonly ChainedRecord[]): VerifyCheck {
  let state = emptyLedger;
  const bad: BadRecord[] = [];
  const check = checkEach('every ledger record follows the rules', records, (chained) => {
    const decision = decideAppend(state, chained.record);
    state = evolve(state, chained);
    if (decision.status === 'ok') return [];
    bad.push(brokenRule(chained, decision.problems));
    return decision.problems.map((problem) => inRecord(chained, problem));
  });
  const [badRecord] = bad;
  return badRecord === undefined ? check : { ...check, badRecord };
}

/** In the chain, but Gauntlet would not have written it: somebody appended it by other means, or changed it and all after. */
function brokenRule({ record }: ChainedRecord, problems: readonly Problem[]): BadRecord {
  const wrong = problems.map(({ field, found, expected }) => `${field}: found ${found}, expected ${expected}`);
  const advice =
    'It was not written by Gauntlet, or it was changed together with everything behind it. Stop writing, and compare ' +
    'the ledger with a backup from there on.';
  return { number: record.number, wrong: wrong.join('; '), advice };
}

/** One champion per epoch: each change starts from the champion of the change before, whatever the fold makes of it. */
export function checkChampionEpochs(records: readonly ChainedRecord[]): VerifyCheck {
  let champion: ChampionChanged['from'] = null;
  return checkEach('one champion per decision epoch', ofType(records, 'champion-changed'), (chained) => {
    const { from, to } = chained.record.event;
    const problems = problemsOf(
      must(isSameModel(from, champion), 'from', shown(from?.modelDigest), shown(champion?.modelDigest)),
    );
    champion = to;
    return problems.map((problem) => inRecord(chained, problem));
  });
}

/**
 * Every promotion has its passing report and its accepted approval of the same digest, both before the change. An
 * adoption has neither: it has the record of what was found in the registry.
 */
export function checkPromotionEvidence(records: readonly ChainedRecord[]): VerifyCheck {
  const promoted = ofType(records, 'champion-changed').filter(({ record }) => record.event.cause !== 'rollback');
  return checkEach('every promotion has a passing report and its approval', promoted, (chained) => {
    const { event, number } = chained.record;
    const before = records.slice(0, number - 1);
    if (event.cause === 'adoption') return findFindingProblems(before, event).map((each) => inRecord(chained, each));
    return [...findReportProblems(before, event), ...findApprovalProblems(before, event)].map((problem) =>
      inRecord(chained, problem),
    );
  });
}

function findFindingProblems(before: readonly ChainedRecord[], { to }: ChampionChanged): readonly Problem[] {
  const finding = ofType(before, 'alias-moved-elsewhere').at(-1)?.record.event;
  const found = finding?.foundVersion;
  return problemsOf(must(found === to.version, 'to', `version ${to.version}`, `the version found: ${shown(found)}`));
}

function findReportProblems(before: readonly ChainedRecord[], event: ChampionChanged): readonly Problem[] {
  const isReport = ({ promotionId, reportDigest }: GatesEvaluated): boolean =>
    promotionId === event.decisionId && reportDigest === event.reportDigest;
  const report = ofType(before, 'gates-evaluated').findLast(({ record }) => isReport(record.event))?.record.event;
  if (report === undefined) {
    return [{ field: 'reportDigest', found: shown(event.reportDigest), expected: 'the report of an earlier record' }];
  }
  const challenger = report.challengerDigest;
  return problemsOf(
    must(report.verdict === 'pass', 'report.verdict', report.verdict, 'pass'),
    must(challenger === event.to.modelDigest, 'report.challengerDigest', challenger, event.to.modelDigest),
    must(
      report.championDigest === (event.from?.modelDigest ?? null),
      'report.championDigest',
      shown(report.championDigest),
      shown(event.from?.modelDigest),
    ),
  );
}

function findApprovalProblems(before: readonly ChainedRecord[], event: ChampionChanged): readonly Problem[] {
  const isApproval = ({ decision, accepted, promotionId, reportDigest }: DecisionReceived): boolean =>
    decision === 'approve' && accepted && promotionId === event.decisionId && reportDigest === event.reportDigest;
  const decisions = ofType(before, 'decision-received').filter(
    ({ record }) => record.event.promotionId === event.decisionId,
  );
  const approval = decisions.find(({ record }) => record.number === event.approvalNumber)?.record.event;
  const isAborted = decisions.some(({ record }) => record.event.decision === 'abort' && record.event.accepted);
  return problemsOf(
    must(
      approval !== undefined && isApproval(approval),
      'approvalNumber',
      shown(event.approvalNumber),
      'an earlier accepted approval that names this report',
    ),
    must(!isAborted, 'decision', 'an accepted abort before the change', 'none'),
  );
}

/** Records of one type. */
export function ofType<T extends LedgerEvent['type']>(
  records: readonly ChainedRecord[],
  type: T,
): readonly ChainedRecord<Extract<LedgerEvent, { type: T }>>[] {
  return records.filter((chained): chained is ChainedRecord<Extract<LedgerEvent, { type: T }>> => {
    return chained.record.event.type === type;
  });
}

/** A problem with the record it was found in. */
export function inRecord({ record }: ChainedRecord, problem: Problem): Problem {
  return { ...problem, field: `record ${String(record.number)}: ${problem.field}` };
}
