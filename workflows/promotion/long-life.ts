import { continueAsNew } from '@temporalio/workflow';
import type { PromoteInput } from '../api.js';
import type { Story } from './story.js';

/**
 * Looks, or waits in a queue, of one run: then the life goes on in a new run that takes the promotion over from the
 * ledger. A look leaves at most 26 events in the history (three activities at six, the timer, the signal that ends it), so
 * that the looks of a run leave fewer than 3,000, far below the 51,200 at which the server ends a run.
 */
export const waitsPerRun = 100;

/** Does not return when the run has waited often enough and nobody's message would be lost. */
export async function continueWhenLong({ promotion, inbox, news }: Story, waits: number): Promise<void> {
  if (waits < waitsPerRun || !inbox.isEmpty() || news.superseder() !== null) return;
  const next: PromoteInput = {
    pipeline: promotion.pipeline,
    version: promotion.challenger.version,
    reason: promotion.reason,
    by: promotion.actor.name,
    ...(promotion.promotionId === null ? {} : { resumes: promotion.promotionId }),
  };
  await continueAsNew(next);
}
