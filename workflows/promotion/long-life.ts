import { continueAsNew, patched, workflowInfo } from '@temporalio/workflow';
import type { PromoteInput } from '../api.js';
import type { Story } from './story.js';

/**
 * Looks, or waits in a queue, of one run: then the life goes on in a new run that takes the promotion over from the
 * ledger. A look leaves at most 26 events in the history (three activities at six, the timer, the signal that ends it), so
 * that the looks of a run leave fewer than 3,000, far below the 51,200 at which the server ends a run.
 */
export const waitsPerRun = 100;

/**
 * Does not return when the run has waited often enough and nobody's message would be lost. A newer version that waits
 * stops a step at once, so there it is heard first; a watch it only waits for, and it tells the next run that it does
 * with its next poll.
 */
export async function continueWhenLong(story: Story, waits: number, phase: 'step' | 'watch'): Promise<void> {
  const { inbox, news } = story;
  if (!isLong(waits) || !inbox.isEmpty()) return;
  // Until there was this patch a newer version that waited kept the run of a watch from ever going on in a new one.
  if (news.superseder() !== null && (phase === 'step' || !patched('watch-goes-on-while-others-wait'))) return;
  await continueAsNew(inputToGoOnWith(story));
}

/** A flood of messages fills a history before the run has looked often: then the server says so. */
function isLong(waits: number): boolean {
  // Until there was this patch only the looks counted.
  return waits >= waitsPerRun || (workflowInfo().continueAsNewSuggested && patched('goes-on-when-suggested'));
}

/**
 * The new run does what this one was started for: it goes on with its promotion, and is over when somebody else closes
 * that. A run that only brings another promotion to its end keeps its own version for afterwards, unless that was aborted.
 */
function inputToGoOnWith({ input, promotion, inbox }: Story): object {
  const { rollout, pipeline, challenger, reason, actor, promotionId } = promotion;
  const isOther = rollout?.isOther === true;
  if (isOther && inbox.firstAbort() === null) return input as object;
  const next: PromoteInput = {
    ...(isOther ? {} : (input as object)),
    pipeline,
    version: challenger.version,
    reason,
    by: actor.name,
    ...(promotionId === null ? {} : { resumes: promotionId }),
  };
  return next;
}
