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

/** What the messages that wait come to; null when none of them counts. Every one of them is kept. */
export async function hearAnswers(story: Story, question: Question | null): Promise<'go-ahead' | End | null> {
  for (;;) {
    const stop = await hearStop(story);
    if (stop !== null) return stop;
    const message = story.inbox.take();
    if (message === undefined) return null;
    const judged = await judge(story, question, message);
    if (!judged.accepted) continue;
    return judged.decision === 'approve' ? ((await hearStop(story)) ?? 'go-ahead') : stopOf(judged);
  }
}

/** Whoever writes after the change of champion learns that it is too late, and how to undo it. */
export async function answerAfterChange(story: Story): Promise<void> {
  for (let message = story.inbox.take(); message !== undefined; message = story.inbox.take())
    await judge(story, null, message);
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
