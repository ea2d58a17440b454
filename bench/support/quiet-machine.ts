import { setTimeout as wait } from 'node:timers/promises';
import { readProcessorTime } from './processor-time.js';

/** How busy others may keep the machine while something is measured, as a share of one core. */
const allowedShare = 0.08;
const lookMs = 1_500;

/**
 * Waits until other processes used less than 8 % of a core for 1.5 s, at most `limitSeconds` (0: does not look at all).
 * A load average would count our own previous run for a minute.
 */
export async function waitUntilQuiet(limitSeconds: number): Promise<{ readonly startedQuiet: boolean }> {
  const deadline = performance.now() + limitSeconds * 1_000;
  while (performance.now() < deadline) {
    if ((await shareOfOthers()) < allowedShare) return { startedQuiet: true };
  }
  return { startedQuiet: false };
}

async function shareOfOthers(): Promise<number> {
  const [before, startedAt] = [readProcessorTime(), performance.now()];
  await wait(lookMs);
  const after = readProcessorTime();
  const others = after.machine - before.machine - (after.own - before.own);
  return Math.max(0, others) / ((performance.now() - startedAt) / 1_000);
}
