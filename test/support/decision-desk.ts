import type { PromotionState, RecordedDecision } from '../../domain/ledger/state.js';
import { describeApprovals } from '../../domain/promotion/asked-people.js';
import { evaluated } from './ledger.js';
import { after, answered, openCourse, threeDaysMs, type Activities } from './workflow-fakes.js';

/**
 * Fakes that keep a promotion as the ledger would: what was decided before says whether a decision counts. The rules
 * are the real ones; the policy asks for `quorum` approvals by anybody.
 */
export function decisionDesk({ quorum = 1 }: { readonly quorum?: number } = {}): Partial<Activities> {
  let course: PromotionState = openCourse;
  const numbered = <T>(event: T, at: string) => ({ ...event, at, recordNumber: 10 + course.decisions.length });
  return {
    recordGates({ gates: { reportDigest }, stamp }) {
      const gates = evaluated(course.promotionId, 'b', 'a', 1, { reportDigest });
      course = { ...course, report: numbered(gates, stamp.at) };
      return Promise.resolve('recorded');
    },
    requestApproval: ({ reportDigest, stamp }) =>
      Promise.resolve({
        deadlineAt: after(stamp.at, threeDaysMs),
        standing: describeApprovals(course, reportDigest, { policy: { quorum, approvers: [] }, trainer: null }),
      }),
    judgeDecision(asked) {
      const answer = answered(asked, { course, quorum });
      const isOnReport = answer.accepted && answer.decision !== 'abort';
      const decision: RecordedDecision = {
        ...numbered({ type: 'decision-received', promotionId: course.promotionId } as const, asked.stamp.at),
        decision: answer.decision,
        by: answer.by,
        reportDigest: isOnReport ? asked.awaitedDigest : answer.reportDigest,
        accepted: answer.accepted,
        note: answer.note,
        reason: answer.reason,
        quorum,
      };
      course = { ...course, decisions: [...course.decisions, decision] };
      return Promise.resolve(answer);
    },
    changeChampion() {
      course = { ...course, change: { epoch: 2, recordNumber: 50 } };
      return Promise.resolve({ status: 'changed' });
    },
    closePromotion({ outcome, grounds, stamp }) {
      course = { ...course, status: 'closed', outcome, grounds, closedAt: stamp.at, closedNumber: 51 };
      return Promise.resolve();
    },
  };
}
