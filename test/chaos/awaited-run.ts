import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';

/** The end of a run as a value: null, or why it failed. */
export interface AwaitedEnd {
  readonly promise: Promise<string | null>;
  readonly isOver: () => boolean;
}

/** Awaits a run in the background. */
export function endOf(handle: WorkflowHandle): AwaitedEnd {
  return awaited(
    handle.result().then(
      () => null,
      (error: unknown) => {
        if (!(error instanceof WorkflowFailedError)) throw error;
        const { cause } = error;
        return (cause?.cause instanceof Error ? cause.cause : cause)?.message ?? error.message;
      },
    ),
  );
}

/** What can be looked at while it goes on. */
export function awaited(ending: Promise<string | null>): AwaitedEnd {
  let over = false;
  const promise = ending.finally(() => {
    over = true;
  });
  // Looked at when the loop comes by.
  promise.catch(() => undefined);
  return { promise, isOver: () => over };
}
