import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { Story } from './story.js';

/**
 * Null where it cannot be looked now, which the card says: a store or a source that is away for an hour must not leave a
 * challenger with its share and nobody who watches it. The next look tries again.
 */
export async function lookPatiently<T>({ board }: Story, look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = error instanceof ActivityFailure ? error.cause : error;
    const why = failure instanceof Error ? failure.message : 'no answer';
    board.note(`It could not be looked, and it is tried again: ${why}.`);
    return null;
  }
}
