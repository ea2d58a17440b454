import { isJudgedByActivity, keepDecision } from './keep-decision.js';
import type { Story } from './story.js';

/** People send a few; a flood is shown on the card only, so that it does not keep the run from ending. */
const maxMessages = 20;

/** Whoever wrote after the decision was made is answered in the ledger too: why it did not count, and what does instead. */
export async function answerLateDecisions(story: Story, reportDigest: string): Promise<void> {
  const { inbox, board } = story;
  if (inbox.isEmpty() || !isJudgedByActivity()) return;
  for (let answered = 0; answered < maxMessages; answered++) {
    const message = inbox.take();
    if (message === undefined) return;
    const { decision, by, note } = await keepDecision(story, { reportDigest }, message, Infinity);
    board.note(`\`${decision}\` by ${by} came too late: ${note}.`);
  }
}
