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
  promotion: Pick<PromotionCourse, 'decisions' | 'openedBy'>,
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

/** How many approvals are missing, whose turn it is, and who has approved, as half a sentence; names on one line. */
export function sayApprovals({ quorum, approvedBy, asked, barred }: ApprovalStanding): string {
  const missing = Math.max(0, quorum - approvedBy.length);
  const done = approvedBy.length === 0 ? '' : `; approved by ${listNames(approvedBy)}`;
  const not = barred.length === 0 ? '' : ` but ${listNames(barred)}`;
  const count = sayCount(quorum, missing);
  if (asked === null) return `${count}, by anybody${not}${done}`;
  const turn = asked.length === 0 ? 'nobody is left who may' : listNames(asked);
  const short = asked.length < missing ? '; too few people are left, see approval.approvers' : '';
  return `${count}, by ${turn}${done}${short}`;
}

function sayCount(quorum: number, missing: number): string {
  if (quorum === 1) return 'one approval';
  if (missing === quorum) return `${String(quorum)} approvals by different people`;
  return `${String(missing)} more approval${missing === 1 ? '' : 's'} of ${String(quorum)}`;
}

/** Names come from people: they must not forge lines of a card. */
function listNames(names: readonly string[]): string {
  return names.join(', ').replaceAll(/\s+/g, ' ').slice(0, 500);
}

/** The option that says who decides: where the policy names keys, a name alone may not count. */
export function signingOption({ asked }: Pick<ApprovalStanding, 'asked'>): string {
  return asked === null ? '--by "your name"' : '--key your.approval-key.pem';
}
