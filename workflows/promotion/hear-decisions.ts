import { proxyActivities } from '@temporalio/workflow';
import type { PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import type { JudgedDecision } from '../../domain/promotion/judge-decision.js';
import type { ParsedDecision } from '../../domain/promotion/decision-message.js';
import { controlOptions } from '../activity-options.js';
import { record } from './await-decision.js';
import type { End } from './end-rollout.js';
import type { PromotionNews } from './news.js';
import type { Question } from './question.js';
import { stampOf, type Story } from './story.js';

const { recordDecision } = proxyActivities<PromotionActivities>(controlOptions);

/** An abort, or a newer version that supersedes this one: both win at any time before the champion changes. */
export async function hearStop(story: Story): Promise<End | null> {
  const abort = story.inbox.takeAbort();
  if (abort !== undefined) return stopOf(await record(story, { reportDigest: '' }, abort, Infinity));
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
    const judged =
      question === null ? await turnDown(story, message, nothingAsked) : await judge(story, question, message);
    if (!judged.accepted) story.board.note(`\`${judged.decision}\` by ${judged.by} did not count: ${judged.note}.`);
    else if (judged.decision !== 'approve') return stopOf(judged);
    else return (await hearStop(story)) ?? 'go-ahead';
  }
}

/** Whoever writes after the change of champion learns how to undo it. */
export async function answerAfterChange(story: Story): Promise<void> {
  for (let message = story.inbox.take(); message !== undefined; message = story.inbox.take()) {
    const undo = `gauntlet rollback ${story.promotion.pipeline} --reason "why"`;
    const note = `the champion has changed already; \`${undo}\` takes that back`;
    const judged = await turnDown(story, message, note);
    story.board.note(`\`${judged.decision}\` by ${judged.by} did not count: ${note}.`);
  }
}

/** How a rejection or an abort ends a promotion. */
export function stopOf({ decision, by, reason }: Pick<JudgedDecision, 'decision' | 'by' | 'reason'>): End {
  const outcome = decision === 'reject' ? 'rejected' : 'aborted';
  return { outcome, grounds: [`${outcome} by ${by}${reason === '' ? '' : `: ${reason}`}`] };
}

const nothingAsked = 'nothing waits for a decision now, the rollout goes on by its looks';

function judge(story: Story, { reportDigest, deadlineMs }: Question, message: ParsedDecision): Promise<JudgedDecision> {
  return record(story, { reportDigest }, message, deadlineMs);
}

async function turnDown(story: Story, message: ParsedDecision, note: string): Promise<JudgedDecision> {
  const judged: JudgedDecision = { ...message, accepted: false, note };
  const stamp = { ...stampOf(story), actor: { name: judged.by, kind: 'person' } as const };
  await recordDecision({ promotion: story.promotion, judged, reportDigest: message.reportDigest ?? '', stamp });
  return judged;
}
