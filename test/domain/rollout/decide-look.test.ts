import { describe, expect, it } from 'vitest';
import type { LookCheck, LookProgress } from '../../../domain/rollout/analysis.js';
import { decideLook, judgeLook } from '../../../domain/rollout/decide-look.js';

const early: LookProgress = {
  cyclesNeeded: 3,
  cyclesPublished: 2,
  cyclesMatured: 0,
  cyclesPending: 2,
  isOver: false,
  isMature: false,
};
const unlabelled: LookProgress = { ...early, cyclesPublished: 3, cyclesPending: 3, isOver: true };
const short: LookProgress = { ...unlabelled, cyclesPending: 0 };
const ripe: LookProgress = { ...short, cyclesMatured: 3, isMature: true };

function check(verdict: LookCheck['verdict'], isOpen = true): LookCheck {
  const why = `${verdict}${isOpen ? '' : ' for good'}`;
  return { name: 'harm', verdict, value: 0, limit: 0, n: 3, unit: 'windows', isOpen, why };
}

const good = check('pass');
const bad = check('fail');
const open = check('inconclusive');
const stuck = check('inconclusive', false);
const strict = { failureLimit: 0, inconclusiveLimit: 0 };
const none = { failed: 0, inconclusive: 0 };

function statusOf(
  progress: LookProgress,
  checks: readonly LookCheck[],
  change: Partial<Omit<Parameters<typeof decideLook>[0], 'progress' | 'checks'>> = {},
): string {
  return decideLook({ progress, checks, earlier: none, policy: strict, isFinal: false, ...change }).status;
}

describe('what follows from a look', () => {
  it.each([
    ['before the last cycle', early, [good], 'waiting'],
    ['before the last cycle, what is open may settle', early, [good, open], 'waiting'],
    ['before the last cycle, what can never settle asks', early, [good, stuck], 'inconclusive'],
    ['a failure does not wait for the last cycle', early, [good, bad], 'fail'],
    ['a failure beats what can never settle', early, [stuck, bad], 'fail'],
    ['labels are waited for', unlabelled, [good, open], 'waiting'],
    ['labels that will not come are not', short, [good], 'inconclusive'],
    ['everything passes', ripe, [good, good], 'pass'],
    ['one open question is enough to ask', ripe, [good, open], 'inconclusive'],
    ['one failure is enough to stop', ripe, [good, bad, open], 'fail'],
  ] as const)('%s', (_case, progress, checks, expected) => {
    expect(statusOf(progress, checks)).toBe(expected);
  });

  it('is no failure while no more looks failed than may', () => {
    const policy = { ...strict, failureLimit: 2 };
    const after = (failed: number) => statusOf(ripe, [bad], { policy, earlier: { ...none, failed } });
    expect([after(0), after(1), after(2), after(3)]).toEqual(['waiting', 'waiting', 'fail', 'fail']);
  });

  it('is no question while no more looks settled nothing than may', () => {
    const policy = { ...strict, inconclusiveLimit: 1 };
    const after = (inconclusive: number) => statusOf(ripe, [open], { policy, earlier: { ...none, inconclusive } });
    expect([after(0), after(1)]).toEqual(['waiting', 'inconclusive']);
  });

  it('never waits for a look that will not come', () => {
    const policy = { failureLimit: 5, inconclusiveLimit: 5 };
    expect(statusOf(ripe, [bad], { policy, isFinal: true })).toBe('inconclusive');
    expect(statusOf(ripe, [open], { policy, isFinal: true })).toBe('inconclusive');
    expect(statusOf(ripe, [good], { policy, isFinal: true })).toBe('pass');
  });

  it('passes exactly when its evidence does', () => {
    for (const progress of [early, unlabelled, short, ripe]) {
      for (const checks of [[], [good], [good, open], [good, bad], [stuck]]) {
        if (checks.length === 0) expect(judgeLook(progress, checks)).not.toBe('pass');
        else expect(statusOf(progress, checks) === 'pass').toBe(judgeLook(progress, checks) === 'pass');
      }
    }
  });
});
