import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countHoldoutReuse, type Judgement } from '../../../domain/ledger/holdout-reuse.js';
import type { Window } from '../../../domain/window.js';

/** Days of April 2001, the end excluded. */
const april = (from: number, to: number): Window => ({ start: dayOf(from), end: dayOf(to) });
const dayOf = (day: number): string => new Date(Date.UTC(2001, 3, day)).toISOString();
const judged = (challengerDigest: string, ...windows: readonly Window[]): Judgement => ({ challengerDigest, windows });

const folds = [april(10, 12), april(12, 14)];

describe('the number of challengers judged on overlapping rows', () => {
  it.each<[string, readonly Judgement[], number]>([
    ['is one when nobody was judged before', [], 1],
    ['counts another challenger on the same days', [judged('b', ...folds)], 2],
    ['counts one whose days overlap by the last day alone', [judged('b', april(1, 11))], 2],
    ['does not count days that end where these begin', [judged('b', april(1, 10))], 1],
    ['does not count days that begin where these end', [judged('b', april(14, 20))], 1],
    [
      'counts days that lie within these, and days around them',
      [judged('b', april(13, 14)), judged('c', april(1, 30))],
      3,
    ],
    ['does not count days in a pause between folds', [judged('b', april(12, 12))], 1],
    ['counts a challenger once, however often it was judged', [judged('b', ...folds), judged('b', ...folds)], 2],
    ['counts this challenger once, judged before or not', [judged('a', ...folds), judged('b', ...folds)], 2],
    ['leaves out a judgement whose days nobody knows', [{ challengerDigest: 'b', windows: null }], 1],
    ['leaves out a judgement on no days', [judged('b')], 1],
  ])('%s', (_, earlier, expected) => {
    expect(countHoldoutReuse('a', folds, earlier)).toBe(expected);
  });

  const window = fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }))
    .map(([s, n]) => april(s, s + n));
  const judgement = fc.record({
    challengerDigest: fc.constantFrom('a', 'b', 'c', 'd'),
    windows: fc.oneof(fc.constant(null), fc.array(window, { maxLength: 3 })),
  });

  it('never falls with another judgement, and is at most one more than the others there are', () => {
    fc.assert(
      fc.property(fc.array(judgement), judgement, (earlier, next) => {
        const before = countHoldoutReuse('a', folds, earlier);
        const after = countHoldoutReuse('a', folds, [...earlier, next]);
        expect([before, before + 1]).toContain(after);
        expect(after).toBeLessThanOrEqual(4);
      }),
    );
  });
});
