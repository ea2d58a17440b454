import { describe, expect, it } from 'vitest';
import { earliestTrainingClock, lastMaturedEndMs, planFolds, planTrainingWindows } from '../../domain/training-plan.js';
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
