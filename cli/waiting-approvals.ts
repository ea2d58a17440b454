import type { Ledger } from '../activities/ledger/read-ledger.js';
import { trainerOf } from '../activities/promotion/decision-situation.js';
import { decisionInForce } from '../domain/ledger/questions.js';
import type { WorkflowRef } from '../domain/ledger/record.js';
import type { OpenPromotion } from '../domain/ledger/state.js';
import type { ApprovalPolicy } from '../domain/promotion/approval-policy.js';
import { describeApprovals, type ApprovalStanding } from '../domain/promotion/asked-people.js';
import { shortDigest } from './text-table.js';

/** A decision that people are asked for. */
export interface WaitingApproval extends ApprovalStanding {
  readonly pipeline: string;
  readonly promotionId: string;
  readonly challengerVersion: string;
  /** A gate report to approve before anything changes, or a look at a rollout that settled nothing. */
  readonly kind: 'report' | 'look';
  readonly reportDigest: string;
  readonly since: string;
  /** Null for a look: the rollout waits. */
  readonly until: string | null;
  /** How many more people have to approve. */
  readonly missing: number;
  /** The run that works on it; null where no run wrote about it. */
  readonly run: WorkflowRef | null;
  /** Ready to paste. */
  readonly commands: readonly string[];
}

/** What waits for people in one pipeline, as its ledger says; at most one, because one promotion is open at a time. */
export function findWaiting(
  pipeline: string,
  ledger: Ledger,
  policy: Pick<ApprovalPolicy, 'quorum' | 'approvers'> | null,
): WaitingApproval | null {
  const promotion = ledger.state.openPromotion;
  const asked = promotion === null ? null : (askedLook(promotion) ?? askedReport(promotion, ledger));
  if (promotion === null || asked === null) return null;
  const { request, challenger, promotionId } = promotion;
  // Without a definition to read, the ledger still knows what it was when people were asked.
  const known = policy ?? { quorum: request?.quorum ?? 1, approvers: [] };
  const quorum = asked.kind === 'look' ? 1 : known.quorum;
  const trainer = trainerOf(ledger, challenger);
  const standing = describeApprovals(promotion, asked.reportDigest, { policy: { ...known, quorum }, trainer });
  return {
    pipeline,
    promotionId,
    challengerVersion: challenger.version,
    ...asked,
    ...standing,
    missing: Math.max(0, quorum - standing.approvedBy.length),
    run: runBehind(ledger, promotionId),
    commands: commandsFor(pipeline, asked.reportDigest, known.approvers.length > 0),
  };
}

/** The run that last wrote about a promotion works on it. */
function runBehind({ records }: Ledger, promotionId: string): WorkflowRef | null {
  const about = records.findLast(
    ({ record: { event, workflow } }) =>
      workflow !== null && 'promotionId' in event && event.promotionId === promotionId,
  );
  return about?.record.workflow ?? null;
}

type Asked = Pick<WaitingApproval, 'kind' | 'reportDigest' | 'since' | 'until'>;

function askedReport(promotion: OpenPromotion, { records }: Ledger): Asked | null {
  const { request, report, change } = promotion;
  const isAsked = request !== null && request.reportDigest === report?.reportDigest;
  if (!isAsked || change !== null || decisionInForce(promotion) !== null) return null;
  const since = records[request.recordNumber - 1]?.record.at ?? promotion.openedAt;
  return { kind: 'report', reportDigest: request.reportDigest, since, until: request.deadlineAt };
}

/** The latest look, while it settles nothing and nobody has said how to go on. */
function askedLook({ looks, decisions }: OpenPromotion): Asked | null {
  const look = looks.at(-1);
  if (look?.verdict !== 'inconclusive') return null;
  const { reportDigest, at } = look;
  const isAnswered = decisions.some(
    (known) => known.accepted && (known.reportDigest === reportDigest || known.decision === 'abort'),
  );
  return isAnswered ? null : { kind: 'look', reportDigest, since: at, until: null };
}

function commandsFor(pipeline: string, reportDigest: string, areKeysAsked: boolean): readonly string[] {
  const who = areKeysAsked ? '--key your.approval-key.pem' : '--by "your name"';
  const naming = `${pipeline} --report ${shortDigest(reportDigest)} ${who} --reason "why"`;
  return [
    `gauntlet report ${pipeline}`,
    `gauntlet approve ${naming}`,
    `gauntlet reject ${naming}`,
    `gauntlet abort ${pipeline} --by "your name" --reason "why"`,
  ];
}
