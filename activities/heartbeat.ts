import { Context } from '@temporalio/activity';

/** Beats well inside the 20 s heartbeat timeout, so one lost beat does not kill an attempt. */
const everyMs = 5_000;

/**
 * Runs work that takes long: keeps the heartbeat going with the latest progress, and hands over the signal that ends it
 * on cancellation. Progress shows in the UI under pending activities and at the command line.
 */
export async function whileHeartbeating<T>(
  work: (signal: AbortSignal, report: (progress: unknown) => void) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let latest: unknown = null;
  const timer = setInterval(() => {
    context.heartbeat(latest);
  }, everyMs);
  try {
    return await work(context.cancellationSignal, (progress) => {
      latest = progress;
      context.heartbeat(progress);
    });
  } finally {
    clearInterval(timer);
  }
}
