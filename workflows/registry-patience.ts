import { ActivityFailure, ApplicationFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { StatusBoard } from './status-board.js';

/** Waits between tries while the registry is away: up to about a day in all, then the run fails with the last answer. */
const waitsMs = [15_000, 30_000, 60_000, ...Array.from({ length: 144 }, () => 600_000)];

/**
 * Runs a step that needs MLflow. While the registry does not answer, the card says so and a durable timer waits; a
 * permanent refusal is passed on at once.
 */
export async function whenRegistryAnswers<T>(board: StatusBoard, step: string, run: () => Promise<T>): Promise<T> {
  for (const waitMs of waitsMs) {
    try {
      return await run();
    } catch (error) {
      if (isCancellation(error) || isPermanent(error)) throw error;
      board.note(`${step} waits: ${outage(error)}`);
      board.show({ waitingFor: `the model registry (${step}); tried again every few minutes` });
      await sleep(waitMs, { summary: `registry away: ${step}` });
    }
  }
  return run();
}

/** As above, but gives up soon: the caller has a way to go on without the registry. */
export async function ifRegistryAnswers<T>(board: StatusBoard, step: string, run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (isCancellation(error)) throw error;
    board.note(`${step} is left for later: ${outage(error)}`);
    return null;
  }
}

/** The step's own words, which name the server; the cause beneath them may be no more than a refused connection. */
function outage(error: unknown): string {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof Error ? failure.message : 'the registry does not answer';
}

function isPermanent(error: unknown): boolean {
  return (
    error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.nonRetryable === true
  );
}
