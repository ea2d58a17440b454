import { ApplicationFailure } from '@temporalio/common';
import { PermanentFailure } from '../domain/failure-types.js';

/**
 * The one place that decides what a failed activity means: a permanent failure is not retried, cancellation passes
 * through, and anything else is transient and left to the retry policy. The cause is kept.
 */
export function toTemporalFailure(error: unknown): unknown {
  if (error instanceof PermanentFailure) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.type,
      nonRetryable: true,
      details: [{ problems: error.problems, example: error.example ?? null }],
      cause: error,
    });
  }
  return error;
}

type ActivityFunction = (...args: never[]) => Promise<unknown>;

/** Wraps every activity of a collection so that its failures are classified. Shapes and names stay. */
export function classifyFailures<T extends Record<keyof T, ActivityFunction>>(activities: T): T {
  const wrapped = Object.entries<ActivityFunction>(activities).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        throw toTemporalFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
