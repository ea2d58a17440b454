import { ApplicationFailure } from '@temporalio/common';
import { PermanentFailure } from '../domain/failure-types.js';

/**
 * The one place that decides what a failed activity means: a permanent failure is not retried, cancellation passes
 * through, and anything else is transient and left to the retry policy; a full disk says what a person has to do
 * meanwhile. The cause is kept.
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
  if (isDiskFull(error)) {
    return ApplicationFailure.create({
      type: 'DISK_FULL',
      message: `The disk is full: found no space left (${String(error)}), expected room for the step's files. Nothing was published; free space where the store and the work folder are, and the run goes on by itself.`,
      cause: error,
    });
  }
  return error;
}

/** As Node.js and as DuckDB say it. */
function isDiskFull(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'ENOSPC') || error.message.includes('No space left on device');
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
