import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  earliestTrainingClock,
  lastMaturedEndMs,
  missingGapMs,
  planFolds,
  planRefitFolds,
  planTrainingWindows,
} from '../../domain/training-plan.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { dayMs, flightsDefinition } from '../support/flights-definition.js';

const definition = flightsDefinition();
const midnight = (date: string): string => `${date}T00:00:00.000Z`;
const asOf = midnight('2001-04-10');

describe('the last matured window', () => {
  it.each([
    ['2001-04-10T00:00:00.000Z', '2001-04-09'],
    ['2001-04-09T23:59:59.999Z', '2001-04-08'],
    ['2001-04-10T14:00:00.000Z', '2001-04-09'],
  ])('as of %s ends on %s: its labels are known a day after its end', (instant, date) => {
    expect(new Date(lastMaturedEndMs(definition, instant)).toISOString()).toBe(midnight(date));
  });

  it('lies on the grid also before the first scored window', () => {
    expect(lastMaturedEndMs(definition, '2001-01-10T07:00:00.000Z')).toBe(Date.parse('2001-01-09'));
  });
});

describe('training windows', () => {
  it('leave room for the gap and the folds of the backtest behind them', () => {
    // Folds 3 × 2 days end on 9 April, so they begin on the 3rd; a day of gap, 4 of validation, 28 of training.
    expect(planTrainingWindows(definition, asOf)).toEqual({
      training: { start: midnight('2001-03-01'), end: midnight('2001-03-29') },
      validation: { start: midnight('2001-03-29'), end: midnight('2001-04-02') },
      knownAt: midnight('2001-04-03'),
    });
  });

  it('look at no label that had not reached the sources when the first fold began', () => {
    const hourMs = dayMs / 24;
    const late = flightsDefinition({
      label: { ...definition.label, ingestionDelayMs: 6 * hourMs },
      backtest: { ...definition.backtest, gapMs: dayMs + 6 * hourMs },
    });
    // At midnight of the 10th the labels of the 8th are on their way, so folds begin on the 2nd; the day that the gap of
    // 30 hours cuts is left out whole.
    expect(planTrainingWindows(late, asOf)).toMatchObject({
      validation: { end: midnight('2001-03-31') },
      knownAt: '2001-04-01T18:00:00.000Z',
    });
  });

  it('can be given another length, which moves only their start', () => {
    const planned = planTrainingWindows(definition, asOf, 2 * dayMs);
    expect(planned.training).toEqual({ start: midnight('2001-03-27'), end: midnight('2001-03-29') });
  });

  it('are followed by exactly the folds that the backtest then plans', () => {
    const { validation } = planTrainingWindows(definition, asOf);
    expect(planFolds(definition, asOf, [validation.end])).toEqual({
      status: 'planned',
      folds: ['2001-04-03', '2001-04-05', '2001-04-07'].map((start) => ({
        start: midnight(start),
        end: new Date(Date.parse(start) + 2 * dayMs).toISOString(),
      })),
    });
  });
});

describe('the earliest data clock of a training', () => {
  const firstRowAt = '2001-01-01T05:00:00.000Z';
  const startAt = (clock: string) => planTrainingWindows(definition, clock).training.start;

  it('lets training begin with the window of the first row, and no clock before it does', () => {
    // 28 days of training from 1 January, 4 of validation, a day of gap, 3 folds of 2 days, a day until labels are known.
    expect(earliestTrainingClock(definition, firstRowAt)).toBe(midnight('2001-02-10'));
    expect(startAt(midnight('2001-02-10'))).toBe(midnight('2001-01-01'));
    expect(startAt('2001-02-09T23:59:59.999Z')).toBe(midnight('2000-12-31'));
  });

  it('is earlier for a shorter training window', () => {
    expect(earliestTrainingClock(definition, firstRowAt, 14 * dayMs)).toBe(midnight('2001-01-27'));
  });

  it('lies on the grid when the gap does not', () => {
    const halfDay = { ...definition, backtest: { ...definition.backtest, gapMs: dayMs * 1.5 } };
    expect(earliestTrainingClock(halfDay, firstRowAt)).toBe(midnight('2001-02-11'));
  });
});

describe('folds', () => {
  it('begin no earlier than the gap after everything that shaped either side; exactly the gap is enough', () => {
    expect(planFolds(definition, asOf, [midnight('2001-03-01'), midnight('2001-04-02')]).status).toBe('planned');
    expect(planFolds(definition, asOf, [midnight('2001-03-01'), '2001-04-02T00:00:00.001Z'])).toEqual({
      status: 'too-early',
      earliestAsOf: midnight('2001-04-11'),
    });
  });

  it('look at both sides, whichever was trained later', () => {
    const older = midnight('2001-03-01');
    const younger = midnight('2001-04-04');
    for (const ends of [
      [older, younger],
      [younger, older],
    ]) {
      expect(planFolds(definition, asOf, ends)).toEqual({
        status: 'too-early',
        earliestAsOf: midnight('2001-04-12'),
      });
    }
  });
});

describe('folds with a step', () => {
  const stepped = flightsDefinition({ backtest: { ...definition.backtest, stepMs: 5 * dayMs } });

  it('begin a step apart, and end with the last matured day', () => {
    const plan = planFolds(stepped, asOf, []);
    expect(
      plan.status === 'planned' && plan.folds.map(({ start, end }) => [start.slice(0, 10), end.slice(0, 10)]),
    ).toEqual([
      ['2001-03-28', '2001-03-30'],
      ['2001-04-02', '2001-04-04'],
      ['2001-04-07', '2001-04-09'],
    ]);
  });

  it('are what the training windows leave room for', () => {
    const { validation } = planTrainingWindows(stepped, asOf);
    expect(validation.end).toBe(midnight('2001-03-27'));
    expect(planFolds(stepped, asOf, [validation.end]).status).toBe('planned');
  });
});

describe('the gap before a fold', () => {
  const fold = { start: midnight('2001-04-03'), end: midnight('2001-04-05') };

  it.each([
    ['exactly the gap', ['2001-04-02T00:00:00.000Z'], 0],
    ['a millisecond less', ['2001-04-02T00:00:00.001Z'], 1],
    ['nothing that shaped a side', [], 0],
    ['the later of two', ['2001-03-01T00:00:00.000Z', '2001-04-03T00:00:00.000Z'], dayMs],
  ])('%s', (_, ends, missing) => {
    expect(missingGapMs({ gapMs: dayMs }, fold, ends)).toBe(missing);
  });
});

describe('folds of versions that are trained for them', () => {
  const plan = (scheme: 'rolling' | 'expanding', folds: number, dataFrom: string) =>
    planRefitFolds(flightsDefinition({ backtest: { ...definition.backtest, scheme } }), { asOf, folds, dataFrom });

  it('roll: each is trained on a window of the same length that ends a gap before it', () => {
    const planned = plan('rolling', 2, midnight('2001-02-01'));
    expect(planned).toEqual({
      status: 'planned',
      folds: [
        {
          window: { start: midnight('2001-04-05'), end: midnight('2001-04-07') },
          windows: {
            training: { start: midnight('2001-03-03'), end: midnight('2001-03-31') },
            validation: { start: midnight('2001-03-31'), end: midnight('2001-04-04') },
            knownAt: midnight('2001-04-05'),
          },
        },
        {
          window: { start: midnight('2001-04-07'), end: midnight('2001-04-09') },
          windows: {
            training: { start: midnight('2001-03-05'), end: midnight('2001-04-02') },
            validation: { start: midnight('2001-04-02'), end: midnight('2001-04-06') },
            knownAt: midnight('2001-04-07'),
          },
        },
      ],
    });
  });

  it('expand: each is trained on everything from the first whole window of the data on', () => {
    const planned = plan('expanding', 3, '2001-02-19T07:30:00.000Z');
    const trained = planned.status === 'planned' ? planned.folds.map(({ windows }) => windows.training) : [];
    expect(trained).toEqual([
      { start: midnight('2001-02-20'), end: midnight('2001-03-29') },
      { start: midnight('2001-02-20'), end: midnight('2001-03-31') },
      { start: midnight('2001-02-20'), end: midnight('2001-04-02') },
    ]);
  });

  it('reach back as far as the data: a whole training window must lie before the first, exactly one is enough', () => {
    expect(plan('rolling', 6, midnight('2001-02-23')).status).toBe('planned');
    expect(plan('rolling', 6, '2001-02-23T00:00:00.001Z')).toEqual({ status: 'too-few-days', possibleFolds: 5 });
    expect(plan('expanding', 6, midnight('2001-06-01'))).toEqual({ status: 'too-few-days', possibleFolds: 0 });
  });

  const policy = fc.record({
    scheme: fc.constantFrom('rolling' as const, 'expanding' as const),
    folds: fc.integer({ min: 3, max: 12 }),
    foldDays: fc.integer({ min: 1, max: 5 }),
    pauseDays: fc.integer({ min: 0, max: 5 }),
    delayHours: fc.integer({ min: 0, max: 100 }),
    ingestionHours: fc.integer({ min: 0, max: 50 }),
    spareHours: fc.integer({ min: 0, max: 30 }),
  });

  it('never overlap, and lie behind everything that was known when they begin', () => {
    fc.assert(
      fc.property(policy, (given) => {
        const made = definitionOf(given);
        const planned = planRefitFolds(made, { asOf, folds: given.folds, dataFrom: midnight('2000-01-01') });
        if (planned.status !== 'planned') throw new Error('a year of data is enough');
        const delayMs = made.label.delayMs + made.label.ingestionDelayMs;
        planned.folds.forEach(({ window, windows }, k) => {
          const startMs = Date.parse(window.start);
          const next = planned.folds[k + 1];
          if (next !== undefined) expect(Date.parse(window.end)).toBeLessThanOrEqual(Date.parse(next.window.start));
          expect(Date.parse(windows.validation.end) % dayMs).toBe(0);
          expect(Date.parse(windows.validation.end) + delayMs).toBeLessThanOrEqual(startMs);
          expect(Date.parse(windows.knownAt) + made.label.ingestionDelayMs).toBeLessThanOrEqual(startMs);
          expect(windows.training.end).toBe(windows.validation.start);
          expect(missingGapMs(made.backtest, window, [windows.validation.end])).toBe(0);
          expect(Date.parse(window.end) + delayMs).toBeLessThanOrEqual(Date.parse(asOf));
        });
      }),
    );
  });

  function definitionOf(given: {
    readonly scheme: 'rolling' | 'expanding';
    readonly foldDays: number;
    readonly pauseDays: number;
    readonly delayHours: number;
    readonly ingestionHours: number;
    readonly spareHours: number;
  }): PipelineDefinition {
    const hourMs = 3_600_000;
    const foldMs = given.foldDays * dayMs;
    const delayMs = given.delayHours * hourMs;
    const ingestionDelayMs = given.ingestionHours * hourMs;
    return flightsDefinition({
      label: { ...definition.label, delayMs, ingestionDelayMs },
      backtest: {
        ...definition.backtest,
        scheme: given.scheme,
        foldMs,
        stepMs: foldMs + given.pauseDays * dayMs,
        gapMs: delayMs + ingestionDelayMs + given.spareHours * hourMs,
      },
    });
  }
});
