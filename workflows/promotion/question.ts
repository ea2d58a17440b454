import { isCancellation, proxyActivities, rootCause } from '@temporalio/workflow';
import type { PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import type { StepActivities } from '../../activities/rollout/step-activities.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import { controlOptions, webhookOptions } from '../activity-options.js';
import { renderGoAheadRequest } from '../cards/rollout-step-card.js';
import { stampOf, type Story } from './story.js';

const { askGoAhead } = proxyActivities<StepActivities>(controlOptions);
const { notifyApproval } = proxyActivities<PromotionActivities>(webhookOptions);

/** A look settled nothing, and a person is asked how the rollout goes on. */
export interface Question {
  readonly reportDigest: string;
  readonly deadlineMs: number;
  /** Known when a run before this one heard the answer. */
  readonly goAheadBy: string | null;
}

/**
 * The question that a look leaves open. One that was asked is not asked again; new evidence that settles nothing either is
 * a new question with a new deadline; evidence that settles it, or cycles still to come, withdraw the question.
 */
export async function askAbout(story: Story, look: RolloutLook, open: Question | null): Promise<Question | null> {
  const { board } = story;
  if (look.status !== 'inconclusive' || look.reportDigest === null) {
    if (open !== null)
      board.note(`The question about ${open.reportDigest.slice(0, 12)} is withdrawn: ${look.sentence}`);
    board.show({ reportDigest: null, deadlineAt: null });
    return null;
  }
  const { reportDigest } = look;
  const asked = open?.reportDigest === reportDigest ? open : await ask(story, look, reportDigest);
  const deadlineAt = new Date(asked.deadlineMs).toISOString();
  const waitingFor = `a person's go-ahead on analysis ${reportDigest.slice(0, 12)} until ${deadlineAt}`;
  board.show({ waitingFor, reportDigest, deadlineAt }, renderGoAheadRequest(story.promotion, look, deadlineAt));
  return asked;
}

async function ask(story: Story, look: RolloutLook, reportDigest: string): Promise<Question> {
  const { promotion } = story;
  const { deadlineAt, goAheadBy } = await askGoAhead({ promotion, reportDigest, stamp: stampOf(story) });
  if (goAheadBy === null)
    await tellWebhook(story, { reportDigest, sentence: look.sentence, reportUrl: null }, deadlineAt);
  return { reportDigest, deadlineMs: Date.parse(deadlineAt), goAheadBy };
}

/** A webhook that is away never holds up a decision. */
export async function tellWebhook(
  story: Story,
  gates: Parameters<typeof notifyApproval>[0]['gates'],
  deadlineAt: string,
): Promise<void> {
  try {
    await notifyApproval({ promotion: story.promotion, gates, deadlineAt, stamp: stampOf(story) });
  } catch (error) {
    if (isCancellation(error)) throw error;
    story.board.note(`The webhook could not be told: ${rootCause(error) ?? 'no answer'}.`);
  }
}
