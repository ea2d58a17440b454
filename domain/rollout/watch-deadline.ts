import type { WatchPolicy } from './rollout-policy.js';

const thirtyDaysMs = 30 * 86_400_000;

/** What the length of a watch depends on. */
export interface WatchedWindows {
  readonly cycles: number;
  /** Of one window. */
  readonly everyMs: number;
  /** Until the labels of a window are known and have arrived. */
  readonly labelDelayMs: number;
}

/** The shortest time in which every window of a watch can be published and its labels known. */
export function leastWatchMs({ cycles, everyMs, labelDelayMs }: WatchedWindows): number {
  return cycles === 0 ? 0 : cycles * everyMs + labelDelayMs;
}

/** Where a policy does not say: 30 days, and twice the shortest time where windows or labels take that long. */
export function defaultWatchDeadlineMs(windows: WatchedWindows): number {
  return Math.max(thirtyDaysMs, 2 * leastWatchMs(windows));
}

/** When a watch is over whatever it has seen, in ms of the wall clock; never for runs from before there was a deadline. */
export function watchEndsAtMs(watch: Pick<WatchPolicy, 'deadlineMs'>, changedAtMs: number): number {
  return changedAtMs + ((watch as Partial<WatchPolicy>).deadlineMs ?? Infinity);
}
