import { must, problemsOf } from '../ledger/rule.js';
import type { ChainedRecord } from '../ledger/state.js';
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

/** An approval counts from the request on that names its report, up to and including the deadline. */
export function checkApprovalTimes(records: readonly ChainedRecord[]): VerifyCheck {
  const decisions = ofType(records, 'decision-received');
  const approvals = decisions.filter(({ record }) => record.event.accepted && record.event.decision === 'approve');
  return checkEach('every approval that counted came before its deadline', approvals, (chained) => {
    const { number, at, event } = chained.record;
    const request = ofType(records.slice(0, number - 1), 'approval-requested').findLast(
      ({ record }) =>
        record.event.promotionId === event.promotionId && record.event.reportDigest === event.reportDigest,
    );
    // Nobody was asked where a run was cut off between the gates and the request, and the approval came all the same.
    if (request === undefined) return [];
    const { deadlineAt } = request.record.event;
    const inTime = must(Date.parse(at) <= Date.parse(deadlineAt), 'at', at, `no later than ${deadlineAt}`);
    return problemsOf(inTime).map((problem) => inRecord(chained, problem));
  });
}
