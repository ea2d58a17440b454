import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../domain/duration.js';

describe('durations', () => {
  it.each([
    ['1 day', 86_400_000],
    ['28 days', 2_419_200_000],
    ['72 hours', 259_200_000],
    ['90 minutes', 5_400_000],
    ['2 weeks', 1_209_600_000],
    ['0 days', 0],
    [' 3seconds ', 3000],
  ])('reads %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '1', 'day', '-1 day', '1.5 days', '1 month', '1 year', '1 day 2 hours', 'one day'])(
    'does not guess at %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it.each([
    [86_400_000, '1 day'],
    [259_200_000, '3 days'],
    [604_800_000, '7 days'],
    [1_209_600_000, '2 weeks'],
    [5_400_000, '90 minutes'],
    [0, '0 ms'],
    [1500, '1500 ms'],
  ])('writes %d ms as %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });
});
