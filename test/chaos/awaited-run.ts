import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { WorkflowStatus } from '../../workflows/api.js';

/** The end of a run as a value: null, or why it failed. */
export function endOf(handle: WorkflowHandle): {
  readonly promise: Promise<string | null>;
  readonly isOver: () => boolean;
} {
  let over = false;
  const promise = handle
    .result()
    .then(
      () => null,
      (error: unknown) => {
        if (!(error instanceof WorkflowFailedError)) throw error;
        const { cause } = error;
        return (cause?.cause instanceof Error ? cause.cause : cause)?.message ?? error.message;
      },
    )
    .finally(() => {
      over = true;
    });
  // Looked at when the loop comes by.
  promise.catch(() => undefined);
  return { promise, isOver: () => over };
}

/** A worker that is down answers no query: then the next look asks again. */
export async function approveIfAsked(handle: WorkflowHandle): Promise<boolean> {
  const query = handle.query<WorkflowStatus>('status');
  const status = await Promise.race([query.catch(() => null), pause(2_000, null)]);
  if (!status?.deadlineAt) return false;
  const reportDigest = status.reportDigest?.slice(0, 12);
  await handle.signal('approve', { reportDigest, by: 'Maria', reason: 'it is good' });
  return true;
}
