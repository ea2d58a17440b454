import { describe, expect, it } from 'vitest';
import { chooseScoreWindow, type WindowQuestion } from '../../../activities/scoring/choose-score-window.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import { flightsDefinition } from '../../support/flights-definition.js';

/** Data from February to the end of June, nothing published, looked at in 2026. */
const question: WindowQuestion = {
  definition: flightsDefinition(),
  asked: undefined,
  scheduledFor: null,
  isPublished: () => false,
  coverage: { first: '2001-02-01T05:00:00.000Z', last: '2001-06-30T22:00:00.000Z' },
  now: '2026-01-01T00:00:00.000Z',
};

function startOf(change: Partial<WindowQuestion>): string {
  return chooseScoreWindow({ ...question, ...change }).start.slice(0, 10);
}

function failureOf(change: Partial<WindowQuestion>): PermanentFailure {
  try {
    chooseScoreWindow({ ...question, ...change });
  } catch (error) {
    if (error instanceof PermanentFailure) return error;
    throw error;
  }
  throw new Error('a window was chosen');
}

describe('the window of a scoring run', () => {
  it('is the one a person names, before the nominal time of a schedule, before the next due', () => {
    const asked = '2001-03-05T00:00:00.000Z';
    const scheduledFor = '2001-04-01T00:00:00.000Z';
    expect(startOf({ asked, scheduledFor })).toBe('2001-03-05');
    expect(startOf({ scheduledFor })).toBe('2001-04-01');
    expect(startOf({})).toBe('2001-02-01');
  });

  it('may be one that has been published, when a person names it', () => {
    expect(startOf({ asked: '2001-03-05T00:00:00.000Z', isPublished: () => true })).toBe('2001-03-05');
  });

  it('may be the last that the data reaches into', () => {
    expect(startOf({ asked: '2001-06-30T00:00:00.000Z' })).toBe('2001-06-30');
  });
});

describe('no window', () => {
  it('is left when every covered one is published', () => {
    const failure = failureOf({ isPublished: () => true });
    expect(failure.type).toBe('NOTHING_TO_SCORE');
    expect(failure.message).toContain('up to 2001-07-01T00:00:00.000Z');
  });

  it('can be scored beyond what the source covers, on either side', () => {
    for (const asked of ['2001-07-01T00:00:00.000Z', '2002-01-01T00:00:00.000Z']) {
      expect(failureOf({ asked }).type).toBe('WINDOW_BEYOND_COVERAGE');
    }
    const coverage = { first: '2001-02-02T00:00:00.000Z', last: '2001-06-30T22:00:00.000Z' };
    expect(failureOf({ asked: '2001-02-01T00:00:00.000Z', coverage }).type).toBe('WINDOW_BEYOND_COVERAGE');
    expect(failureOf({ scheduledFor: '2001-07-01T00:00:00.000Z' }).message).toContain('2001-06-30T22:00:00.000Z');
  });

  it('can be scored of a source without rows', () => {
    expect(failureOf({ asked: '2001-03-05T00:00:00.000Z', coverage: null }).type).toBe('WINDOW_BEYOND_COVERAGE');
    expect(failureOf({ coverage: null }).type).toBe('NOTHING_TO_SCORE');
  });

  it('can be scored before it begins; at its first instant it can', () => {
    const asked = '2001-03-05T00:00:00.000Z';
    expect(failureOf({ asked, now: '2001-03-04T23:59:59.999Z' }).type).toBe('WINDOW_IN_FUTURE');
    expect(startOf({ asked, now: asked })).toBe('2001-03-05');
  });

  it.each([
    ['2001-03-05T06:00:00.000Z', 'the next one begins at 2001-03-06T00:00:00.000Z'],
    ['2001-01-31T00:00:00.000Z', "no earlier than the pipeline's first window, 2001-02-01T00:00:00.000Z"],
  ])('begins at %s', (asked, expected) => {
    const failure = failureOf({ asked });
    expect(failure.type).toBe('INVALID_INPUT');
    expect(failure.problems[0]).toMatchObject({ field: 'window', found: asked });
    expect(failure.problems[0]?.expected).toContain(expected);
  });
});
