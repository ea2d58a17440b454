import { condition, isCancellation, rootCause } from '@temporalio/workflow';
import type { PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import { judgeDecision, type JudgedDecision } from '../../domain/promotion/judge-decision.js';
import { controlOptions, webhookOptions } from '../activity-options.js';
import type { GateOutcome } from '../api.js';
import { renderApprovalRequest } from '../cards/promote-card.js';
import { stampOf, type Story } from './story.js';
import { steps } from '../steps.js';

const { requestApproval, recordDecision } = steps<PromotionActivities>(controlOptions);
const { notifyApproval } = steps<PromotionActivities>(webhookOptions);

const maxMessages = 500;

/** Asks once, then looks at every message until one counts or the deadline passes. Silence is an outcome. */
export async function awaitDecision(story: Story, gates: GateOutcome): Promise<JudgedDecision | 'expired'> {
  const { promotion, board, inbox } = story;
  const known = promotion.approved;
  if (known !== null && known.reportDigest === gates.reportDigest)
    return { ...known, decision: 'approve', accepted: true, note: 'recorded before' };
  const { deadlineAt } = await requestApproval({ promotion, reportDigest: gates.reportDigest, stamp: stampOf(story) });
  const waitingFor = `a person's approval of report ${gates.reportDigest.slice(0, 12)} until ${deadlineAt}`;
  board.show(
    { phase: 'gates passed', waitingFor, reportDigest: gates.reportDigest, deadlineAt },
    renderApprovalRequest(promotion, gates, deadlineAt),
  );
  await tellWebhook(story, gates, deadlineAt);
  const deadlineMs = Date.parse(deadlineAt);
  for (let seen = 0; seen < maxMessages; seen++) {
    await condition(() => !inbox.isEmpty(), Math.max(0, deadlineMs - Date.now()), {
      summary: 'deadline of the approval',
    });
    const message = inbox.takeAbort() ?? inbox.take();
    if (message === undefined) return 'expired';
    const judged = await record(story, gates, message, deadlineMs);
    const overtaking = judged.accepted && judged.decision === 'approve' ? inbox.takeAbort() : undefined;
    if (overtaking !== undefined) return record(story, gates, overtaking, deadlineMs);
    if (judged.accepted) return judged;
    board.note(`\`${judged.decision}\` by ${judged.by} did not count: ${judged.note}.`);
  }
  board.note(`${maxMessages} messages came and none of them counted, so this promotion ends.`);
  return 'expired';
}

/** A webhook that is away never holds up a decision. */
async function tellWebhook(story: Story, gates: GateOutcome, deadlineAt: string): Promise<void> {
  try {
    await notifyApproval({ promotion: story.promotion, gates, deadlineAt, stamp: stampOf(story) });
  } catch (error) {
    if (isCancellation(error)) throw error;
    story.board.note(`The webhook could not be told: ${rootCause(error) ?? 'no answer'}.`);
  }
}

/** Every decision is kept with who and why, also those that do not count. */
export async function record(
  story: Story,
  gates: GateOutcome,
  message: Parameters<typeof judgeDecision>[0],
  deadlineMs: number,
): Promise<JudgedDecision> {
  const judged = judgeDecision(message, { reportDigest: gates.reportDigest, nowMs: Date.now(), deadlineMs });
  await recordDecision({
    promotion: story.promotion,
    judged,
    reportDigest: gates.reportDigest,
    stamp: { ...stampOf(story), actor: { name: judged.by, kind: 'person' } },
  });
  return judged;
}
