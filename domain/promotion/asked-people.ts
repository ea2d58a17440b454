import { approvalsOf } from '../ledger/questions.js';
import type { PromotionCourse } from '../ledger/state.js';
import type { ApprovalPolicy } from './approval-policy.js';
import { isSamePerson, requesterOf } from './person.js';

/** How far the approvals of a report are, and whose turn it is. */
export interface ApprovalStanding {
  readonly quorum: number;
  /** Names, oldest approval first. */
  readonly approvedBy: readonly string[];
  /** Names of the approvers who may still approve; null where the policy names none, so anybody may but `barred`. */
  readonly asked: readonly string[] | null;
  /** Who may not approve: whoever asked for the promotion, and whoever trained the version. */
  readonly barred: readonly string[];
}

/** Who has approved a report, and who is asked for the approvals that are missing. */
export function describeApprovals(
  promotion: PromotionCourse,
  reportDigest: string,
  {
    policy,
    trainer,
  }: { readonly policy: Pick<ApprovalPolicy, 'quorum' | 'approvers'>; readonly trainer: string | null },
): ApprovalStanding {
  const approvedBy = approvalsOf(promotion, reportDigest).map(({ by }) => by);
  const barred = [requesterOf(promotion), trainer]
    .filter((name) => name !== null)
    .filter((name, index, all) => all.findIndex((other) => isSamePerson(other, name)) === index);
  const isDone = (name: string) => [...approvedBy, ...barred].some((other) => isSamePerson(other, name));
  const names = policy.approvers.map(({ name }) => name);
  return {
    quorum: policy.quorum,
    approvedBy,
    asked: names.length === 0 ? null : names.filter((name) => !isDone(name)),
    barred,
  };
}
