import { expect, it } from 'vitest';
import { defaultWatchDeadlineMs, leastWatchMs, watchEndsAtMs } from '../../../domain/rollout/watch-deadline.js';

const dayMs = 86_400_000;

it('a watch takes its windows and the label delay at least, and nothing where there is none', () => {
  expect(leastWatchMs({ cycles: 7, everyMs: dayMs, labelDelayMs: 2 * dayMs })).toBe(9 * dayMs);
  expect(leastWatchMs({ cycles: 0, everyMs: dayMs, labelDelayMs: 2 * dayMs })).toBe(0);
});

it('a policy that says nothing gives 30 days, and twice the shortest time where that is longer', () => {
  const everyMs = 5 * dayMs;
  expect(defaultWatchDeadlineMs({ cycles: 2, everyMs, labelDelayMs: 5 * dayMs })).toBe(30 * dayMs);
  expect(defaultWatchDeadlineMs({ cycles: 3, everyMs, labelDelayMs: 5 * dayMs })).toBe(40 * dayMs);
});

it('a watch from before there was a deadline never ends by it', () => {
  expect(watchEndsAtMs({ deadlineMs: dayMs }, 1000)).toBe(dayMs + 1000);
  expect(watchEndsAtMs({} as { deadlineMs: number }, 1000)).toBe(Infinity);
});
