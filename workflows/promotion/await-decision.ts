import { condition } from '@temporalio/workflow';
import type { PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import type { ApprovalStanding } from '../../domain/promotion/asked-people.js';
import type { JudgedDecision } from '../../domain/promotion/judge-decision.js';
import { controlOptions } from '../activity-options.js';
import type { GateOutcome } from '../api.js';
import { renderApprovalRequest } from '../cards/promote-card.js';
import { nobodyYet, keepDecision } from './keep-decision.js';
import { stampOf, type Story } from './story.js';
import { steps } from '../steps.js';
import { tellWebhook } from './question.js';

const { requestApproval } = steps<PromotionActivities>(controlOptions);

const maxMessages = 500;

/** Nobody, or too few people, decided in time, or a newer version wants the place. */
export type Undecided = { readonly decision: 'expired'; readonly why: string } | { readonly decision: 'superseded' };

/**
 * Asks once, then looks at every message until the decision is settled or the deadline passes: as many different people
 * have approved as the policy asks for, or one has rejected or aborted. Silence is an outcome.
 */
export async function awaitDecision(story: Story, gates: GateOutcome): Promise<JudgedDecision | Undecided> {
  const { promotion, inbox, news, board } = story;
  const known = promotion.approved;
  if (known !== null && known.reportDigest === gates.reportDigest) return approvedBefore(known);
  const { deadlineAt, standing: atFirst } = await requestApproval({
    promotion,
    reportDigest: gates.reportDigest,
    stamp: stampOf(story),
  });
  let standing = atFirst ?? nobodyYet;
  showRequest(story, gates, deadlineAt, standing);
  await tellWebhook(story, gates, deadlineAt);
  const deadlineMs = Date.parse(deadlineAt);
  for (let seen = 0; seen < maxMessages; seen++) {
    await condition(() => !inbox.isEmpty() || news.superseder() !== null, Math.max(0, deadlineMs - Date.now()), {
      summary: 'deadline of the approval',
    });
    const message = inbox.takeAbort() ?? inbox.take();
    if (message === undefined && news.superseder() !== null) return { decision: 'superseded' };
    if (message === undefined) return { decision: 'expired', why: whyExpired(standing) };
    const judged = await keepDecision(story, gates, message, deadlineMs);
    const overtaking = judged.accepted && judged.decision === 'approve' ? inbox.takeAbort() : undefined;
    if (overtaking !== undefined) return keepDecision(story, gates, overtaking, deadlineMs);
    if (judged.isSettled) return judged;
    if (!judged.accepted) board.note(`\`${judged.decision}\` by ${judged.by} did not count: ${judged.note}.`);
    standing = judged.standing;
    showRequest(story, gates, deadlineAt, standing);
  }
  board.note(`${maxMessages} messages came and did not settle it, so this promotion ends.`);
  return { decision: 'expired', why: whyExpired(standing) };
}

function approvedBefore(known: NonNullable<Story['promotion']['approved']>): JudgedDecision {
  return { ...known, decision: 'approve', nonce: null, signature: null, accepted: true, note: 'recorded before' };
}

/** The card says who has approved and how many are missing. */
function showRequest(story: Story, gates: GateOutcome, deadlineAt: string, standing: ApprovalStanding): void {
  const { quorum, approvedBy } = standing;
  const count =
    quorum === 1
      ? "a person's approval"
      : `approvals of ${String(quorum)} people (${String(approvedBy.length)} so far)`;
  const waitingFor = `${count} of report ${gates.reportDigest.slice(0, 12)} until ${deadlineAt}`;
  story.board.show(
    { phase: 'gates passed', waitingFor, reportDigest: gates.reportDigest, deadlineAt },
    renderApprovalRequest(story.promotion, gates, { deadlineAt, standing }),
  );
}

function whyExpired({ quorum, approvedBy }: ApprovalStanding): string {
  if (approvedBy.length === 0) return 'nobody decided before the deadline';
  return `${String(approvedBy.length)} of ${String(quorum)} approvals came before the deadline (${approvedBy.join(', ')})`;
}
