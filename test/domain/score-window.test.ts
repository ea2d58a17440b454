import { describe, expect, it } from 'vitest';
import { nextDueWindow, windowOfNominalTime, windowOfStart } from '../../domain/score-window.js';
import type { Window } from '../../domain/window.js';
import { dayMs } from '../support/flights-definition.js';

const policy = { everyMs: dayMs, start: '2001-02-01T00:00:00.000Z' };
const six = { everyMs: dayMs / 4, start: '2001-02-01T03:00:00.000Z' };

function chosen(start: string, everyMs = dayMs) {
  const end = new Date(Date.parse(start) + everyMs).toISOString();
  return { status: 'chosen', window: { start: new Date(start).toISOString(), end } };
}

describe('the window of a nominal time', () => {
  it.each([
    ['2001-03-05T00:00:00.000Z', '2001-03-05'],
    ['2001-03-05T00:00:00.001Z', '2001-03-06'],
    ['2001-03-05T06:00:00.000Z', '2001-03-06'],
    ['2001-01-01T00:00:00.000Z', '2001-02-01'],
  ])('%s begins at or after it: %s', (nominal, start) => {
    expect(windowOfNominalTime(policy, nominal)).toEqual(chosen(start));
  });

  it('lies on a grid that is anchored at the first window', () => {
    expect(windowOfNominalTime(six, '2001-03-05T04:00:00.000Z')).toEqual(chosen('2001-03-05T09:00:00.000Z', dayMs / 4));
  });
});

describe('a window named by its start', () => {
  it('is taken when it lies on the grid', () => {
    expect(windowOfStart(policy, '2001-02-01T00:00:00.000Z')).toEqual(chosen('2001-02-01'));
  });

  it('off the grid is answered with the next one that begins', () => {
    expect(windowOfStart(policy, '2001-03-05T06:00:00.000Z')).toEqual({
      status: 'off-grid',
      nearest: '2001-03-06T00:00:00.000Z',
    });
  });

  it('before the first is answered with the first', () => {
    expect(windowOfStart(policy, '2001-01-31T00:00:00.000Z')).toEqual({ status: 'before-start', first: policy.start });
  });
});

describe('the next due window', () => {
  const published =
    (...days: string[]) =>
    (window: Window) =>
      days.includes(window.start.slice(0, 10));

  it('is the earliest that has data and is not published', () => {
    const until = '2001-03-01T00:00:00.000Z';
    expect(nextDueWindow(policy, published(), until)).toEqual(chosen('2001-02-01'));
    expect(nextDueWindow(policy, published('2001-02-01', '2001-02-02', '2001-02-04'), until)).toEqual(
      chosen('2001-02-03'),
    );
  });

  it('needs at least one instant of data: coverage that ends where it begins is none', () => {
    const first = published('2001-02-01');
    const none = { status: 'none-due', publishedUntil: '2001-02-02T00:00:00.000Z' };
    expect(nextDueWindow(policy, first, '2001-02-02T00:00:00.000Z')).toEqual(none);
    expect(nextDueWindow(policy, first, '2001-02-02T00:00:00.001Z')).toEqual(chosen('2001-02-02'));
  });

  it('is none when the data ends before the first window', () => {
    expect(nextDueWindow(policy, published(), policy.start).status).toBe('none-due');
  });
});
