import type { Problem } from '../failure-types.js';
import type { ChampionChanged } from '../ledger/promotion-events.js';
import type { DecisionReceived } from '../ledger/decision-events.js';
import type { Actor } from '../ledger/record.js';
import { must, problemsOf, shown } from '../ledger/rule.js';
import type { ChainedRecord } from '../ledger/state.js';
import { isSameApprover, isSamePerson } from '../promotion/person.js';
import type { VerifyCheck } from './check.js';
import { checkEach } from './check.js';
import { inRecord, ofType } from './ledger-checks.js';

/** A fact is recorded once: whoever repeats it finds the record it made before. */
export function checkUniqueFacts(records: readonly ChainedRecord[]): VerifyCheck {
  const first = new Map<string, number>();
  return checkEach('every fact stands in the ledger once', records, (chained) => {
    const { recordId, number } = chained.record;
    const earlier = first.get(recordId);
    first.set(recordId, earlier ?? number);
    const rule = must(
      earlier === undefined,
      'recordId',
      recordId,
      `an id that record ${String(earlier)} does not have`,
    );
    return problemsOf(rule).map((problem) => inRecord(chained, problem));
  });
}

/**
 * An approval counts when somebody was asked about that very report, or look, and the server had it before the deadline:
 * at the deadline is too late. Records from before decisions had an identity are excused for that very instant, and where
 * nobody wrote down when it was received, it is when it was read. Every version has asked in the ledger before it judged
 * anything, so an approval that nobody asked for is never legitimate. It may be sent earlier, by somebody who knows the
 * digest already: the run judges it when it has asked.
 */
export function checkApprovalTimes(records: readonly ChainedRecord[]): VerifyCheck {
  const decisions = ofType(records, 'decision-received');
  const approvals = decisions.filter(({ record }) => record.event.accepted && record.event.decision === 'approve');
  return checkEach('every approval that counted came before its deadline', approvals, (chained) => {
    const { number, at, event } = chained.record;
    const { receivedAt = at } = event;
    const request = ofType(records.slice(0, number - 1), 'approval-requested').findLast(
      ({ record }) =>
        record.event.promotionId === event.promotionId && record.event.reportDigest === event.reportDigest,
    );
    if (request === undefined) return [inRecord(chained, { field: 'reportDigest', ...unasked })];
    const { deadlineAt } = request.record.event;
    const isAtDeadline = Date.parse(receivedAt) === Date.parse(deadlineAt) && event.identity === undefined;
    const isInTime = Date.parse(receivedAt) < Date.parse(deadlineAt) || isAtDeadline;
    const field = event.receivedAt === undefined ? 'at' : 'receivedAt';
    const inTime = must(isInTime, field, receivedAt, `earlier than ${deadlineAt}, its deadline`);
    return problemsOf(inTime).map((problem) => inRecord(chained, problem));
  });
}

const unasked = { found: 'one that nobody was asked about', expected: 'an approval-requested record before it' };

/**
 * A decision is verified by its signature, and so has one, with what it was checked by: also a decision that did not
 * count. Whether the signature holds is another question, which needs the key.
 */
export function checkVerifiedIdentities(records: readonly ChainedRecord[]): VerifyCheck {
  const verified = ofType(records, 'decision-received').filter(({ record }) => record.event.identity === 'verified');
  return checkEach('every decision that is called verified has its signature', verified, (chained) => {
    const { event } = chained.record;
    const missing = (['signature', 'nonce', 'key', 'definitionDigest'] as const).filter(
      (field) => event[field] === undefined,
    );
    return missing.map((field) =>
      inRecord(chained, { field, found: 'none', expected: `the ${field} of a signed one` }),
    );
  });
}

type Decision = ChainedRecord<DecisionReceived>;

/**
 * Every promotion was approved by as many different people as its policy asked for, none of whom had asked for it or had
 * trained the version. Approvals from before there were such rules only have to be there.
 */
export function checkQuorum(records: readonly ChainedRecord[]): VerifyCheck {
  const promoted = ofType(records, 'champion-changed').filter(({ record }) => record.event.cause !== 'rollback');
  return checkEach('every promotion was approved by as many people as its policy asked for', promoted, (chained) => {
    const { event, number } = chained.record;
    const before = records.slice(0, number - 1);
    const counted = approvalsBehind(before, event);
    const last = counted.find(({ record }) => record.number === event.approvalNumber);
    // That the approval is there at all is a rule of its own.
    if (last === undefined) return [];
    const { quorum = 1 } = last.record.event;
    const approvals = counted.filter((each, index) => counted.findIndex((known) => isSame(known, each)) === index);
    const enough = must(approvals.length >= quorum, 'approvals', shown(approvals.length), `${String(quorum)} people`);
    const barred = barredFrom(before, event);
    const own = approvals.flatMap((approval) => findOwnApproval(approval, barred));
    return [...problemsOf(enough), ...own].map((problem) => inRecord(chained, problem));
  });
}

/** The approvals of the report that a change stands on, up to the one that it names. */
function approvalsBehind(before: readonly ChainedRecord[], change: ChampionChanged): readonly Decision[] {
  return ofType(before, 'decision-received').filter(({ record: { event, number } }) => {
    const isOfReport = event.promotionId === change.decisionId && event.reportDigest === change.reportDigest;
    return event.accepted && event.decision === 'approve' && isOfReport && number <= (change.approvalNumber ?? 0);
  });
}

function isSame(a: Decision, b: Decision): boolean {
  return isSameApprover(a.record.event, b.record.event);
}

/** The people who asked for a promotion or trained its version. */
function barredFrom(before: readonly ChainedRecord[], change: ChampionChanged): readonly string[] {
  const opening = ofType(before, 'promotion-opened').find(
    ({ record }) => record.event.promotionId === change.decisionId,
  );
  const training = ofType(before, 'model-registered').find(
    ({ record }) => record.event.model.modelDigest === change.to.modelDigest,
  );
  const actors: readonly (Actor | undefined)[] = [opening?.record.actor, training?.record.actor];
  return actors.flatMap((actor) => (actor?.kind === 'person' ? [actor.name] : []));
}

function findOwnApproval({ record }: Decision, barred: readonly string[]): readonly Problem[] {
  const { by, identity } = record.event;
  const isOwn = identity !== undefined && barred.some((name) => isSamePerson(name, by));
  const field = `approval of record ${String(record.number)}`;
  return problemsOf(must(!isOwn, field, by, 'somebody who neither asked for it nor trained the version'));
}
