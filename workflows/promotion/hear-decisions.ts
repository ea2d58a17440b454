import { patched } from '@temporalio/workflow';
import type { JudgedDecision } from '../../domain/promotion/judge-decision.js';
import type { HeardDecision } from '../../domain/promotion/decision-message.js';
import { keepDecision } from './keep-decision.js';
import type { End } from './end-rollout.js';
import type { PromotionNews } from './news.js';
import type { Question } from './question.js';
import type { Story } from './story.js';

/** An abort, or a newer version that supersedes this one: both win at any time before the champion changes. */
export async function hearStop(story: Story): Promise<End | null> {
  const abort = story.inbox.takeAbort();
  const judged = abort === undefined ? null : await judge(story, null, abort);
  if (judged?.accepted === true) return stopOf(judged);
  return story.news.superseder() === null ? null : supersededBy(story.news);
}

/** A newer version wants the place. */
export function supersededBy(news: PromotionNews): End {
  return { outcome: 'superseded', grounds: [`version ${news.superseder()?.version ?? 'unknown'} supersedes it`] };
}

/** Messages that are judged between two looks; people send a few. */
const maxAnswers = 200;

/** What the messages that wait come to; null when none of them counts. All but a flood of them are kept. */
export async function hearAnswers(story: Story, question: Question | null): Promise<'go-ahead' | End | null> {
  for (let heard = 0; !isFlood(heard); heard++) {
    const stop = await hearStop(story);
    if (stop !== null) return stop;
    const message = story.inbox.take();
    if (message === undefined) return null;
    const judged = await judge(story, question, message);
    if (!judged.accepted) continue;
    return judged.decision === 'approve' ? ((await hearStop(story)) ?? 'go-ahead') : stopOf(judged);
  }
  dropFlood(story);
  return null;
}

/** Whoever writes after the change of champion learns that it is too late, and how to undo it. */
export async function answerAfterChange(story: Story): Promise<void> {
  for (let heard = 0; !isFlood(heard); heard++) {
    const message = story.inbox.take();
    if (message === undefined) return;
    const { decision, by } = await judge(story, null, message);
    if (decision === 'abort' && story.promotion.rollout?.isOther === true)
      story.board.note(`\`abort\` by ${by} ends this run when the watch is over: its own version is not tried.`);
  }
  dropFlood(story);
}

/** Messages that come faster than they are judged would keep the run from looking. */
function isFlood(heard: number): boolean {
  // Until there was this patch all of them were judged.
  return heard >= maxAnswers && patched('answers-bounded');
}

/** An abort is never dropped: it is heard with the next look. */
function dropFlood({ inbox, board }: Story): void {
  board.note(
    `${String(inbox.drop())} messages were dropped: ${String(maxAnswers)} came before them since the last look.`,
  );
}

/** How a rejection or an abort ends a promotion. */
export function stopOf({ decision, by, reason }: Pick<JudgedDecision, 'decision' | 'by' | 'reason'>): End {
  const outcome = decision === 'reject' ? 'rejected' : 'aborted';
  return { outcome, grounds: [`${outcome} by ${by}${reason === '' ? '' : `: ${reason}`}`] };
}

/** Without a question only an abort can count. What does not count is shown. */
async function judge(story: Story, question: Question | null, message: HeardDecision): Promise<JudgedDecision> {
  const { reportDigest, deadlineMs } = question ?? { reportDigest: '', deadlineMs: Infinity };
  const judged = await keepDecision(story, { reportDigest }, message, deadlineMs);
  if (!judged.accepted) story.board.note(`\`${judged.decision}\` by ${judged.by} did not count: ${judged.note}.`);
  return judged;
}
