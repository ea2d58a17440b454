import { patched } from '@temporalio/workflow';
import type { AnsweredDecision, DecisionActivities } from '../../activities/promotion/decision-activities.js';
import type { PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import type { ApprovalStanding } from '../../domain/promotion/asked-people.js';
import type { HeardDecision } from '../../domain/promotion/decision-message.js';
import { controlOptions } from '../activity-options.js';
import type { GateOutcome } from '../api.js';
import { steps } from '../steps.js';
import { judgeAsBefore } from './earlier-judgement.js';
import { stampOf, type Story } from './story.js';

const { judgeDecision } = steps<DecisionActivities>(controlOptions);
const { recordDecision } = steps<PromotionActivities>(controlOptions);

/** Before anybody is known to be asked: one approval, by anybody. */
export const nobodyYet: ApprovalStanding = { quorum: 1, approvedBy: [], asked: null, barred: [] };

/**
 * Runs that began before keys and quorum judged by themselves and kept the result. What they heard then is in their
 * history as judged, so on replay they judge again; whatever anybody hears from now on is judged by an activity.
 */
export function isJudgedByActivity(): boolean {
  return patched('decisions-judged-by-activity');
}

/** Every decision is judged and kept with who and why, also one that does not count. */
export async function keepDecision(
  story: Story,
  awaited: Pick<GateOutcome, 'reportDigest'>,
  message: HeardDecision,
  deadlineMs: number,
): Promise<AnsweredDecision> {
  const { promotion } = story;
  const { reportDigest } = awaited;
  if (isJudgedByActivity()) {
    const deadlineAt = Number.isFinite(deadlineMs) ? new Date(deadlineMs).toISOString() : null;
    return judgeDecision({ promotion, message, awaitedDigest: reportDigest, deadlineAt, stamp: stampOf(story) });
  }
  const judged = judgeAsBefore(message, { reportDigest, nowMs: Date.now(), deadlineMs });
  await recordDecision({
    promotion,
    judged,
    reportDigest,
    stamp: { ...stampOf(story), actor: { name: judged.by, kind: 'person' } },
  });
  return { ...judged, isSettled: judged.accepted, standing: nobodyYet };
}
