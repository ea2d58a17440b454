import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMatured, maturedAt, nextWindow, windowAt } from '../../domain/time-windows.js';

const DAY = 86_400_000;
const daily = { everyMs: DAY, start: '2001-02-01T00:00:00.000Z' };
const march5 = { start: '2001-03-05T00:00:00.000Z', end: '2001-03-06T00:00:00.000Z' };

describe('the window of a nominal time', () => {
  it.each([
    ['2001-03-05T00:00:00.000Z', march5],
    ['2001-03-04T23:59:59.999Z', march5],
    ['2001-03-04T00:00:00.001Z', march5],
    ['2001-01-30T12:00:00.000Z', { start: '2001-01-31T00:00:00.000Z', end: '2001-02-01T00:00:00.000Z' }],
  ])('begins at or after %s', (instant, window) => {
    expect(windowAt(daily, instant)).toEqual(window);
  });

  const policies = fc.record({
    everyMs: fc.constantFrom(3_600_000, 6 * 3_600_000, DAY, 7 * DAY),
    start: fc.date({ min: new Date(0), max: new Date(2e12), noInvalidDate: true }).map((date) => date.toISOString()),
  });
  const instants = fc.date({ min: new Date(0), max: new Date(2e12), noInvalidDate: true }).map((d) => d.toISOString());

  it('is the nearest one, on the grid, and one length long', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const window = windowAt(policy, instant);
        const wait = Date.parse(window.start) - Date.parse(instant);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(policy.everyMs);
        expect(Math.abs(Date.parse(window.start) - Date.parse(policy.start)) % policy.everyMs).toBe(0);
        expect(Date.parse(window.end) - Date.parse(window.start)).toBe(policy.everyMs);
      }),
    );
  });

  it('is its own window again, and windows follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const window = windowAt(policy, instant);
        expect(windowAt(policy, window.start)).toEqual(window);
        expect(nextWindow(policy, window).start).toBe(window.end);
        expect(nextWindow(policy, window)).toEqual(windowAt(policy, window.end));
      }),
    );
  });
});

describe('labels', () => {
  it('are known when the delay has passed since the end of the window, at that instant and not before', () => {
    expect(maturedAt({ delayMs: DAY }, march5)).toBe('2001-03-07T00:00:00.000Z');
    expect(isMatured({ delayMs: DAY }, march5, '2001-03-06T23:59:59.999Z')).toBe(false);
    expect(isMatured({ delayMs: DAY }, march5, '2001-03-07T00:00:00.000Z')).toBe(true);
    expect(isMatured({ delayMs: 0 }, march5, march5.end)).toBe(true);
  });
});
