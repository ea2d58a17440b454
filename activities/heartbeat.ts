import { Context } from '@temporalio/activity';

/**
 * A step learns from the answer to a beat that it was cancelled, so this is how long it works on in vain; workers send no
 * more than one beat in a second anyway. Many beats may be lost before the heartbeat timeout of 20 s ends an attempt.
 */
const everyMs = 1_000;

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
