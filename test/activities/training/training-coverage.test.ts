import { describe, expect, it } from 'vitest';
import { explainUncovered } from '../../../activities/training/training-coverage.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import { planTrainingWindows } from '../../../domain/training-plan.js';
import { flightsDefinition } from '../../support/flights-definition.js';

const definition = flightsDefinition();
const refused = new PermanentFailure('WINDOW_BEYOND_COVERAGE', 'The sources do not reach over the window.');
const dataset = {
  coverage: () => Promise.resolve({ first: '2001-01-01T00:00:00.000Z', last: '2001-06-30T00:00:00.000Z' }),
};

function explain(asOf: string, error: unknown = refused): Promise<unknown> {
  const plan = { asOf, windows: planTrainingWindows(definition, asOf) };
  return explainUncovered(error, dataset, plan, definition);
}

describe('a training window that begins before the sources do', () => {
  it('is answered with the days in front of the data clock and the first clock that works', async () => {
    expect(await explain('2001-02-09T00:00:00.000Z')).toMatchObject({
      type: 'WINDOW_BEYOND_COVERAGE',
      problems: [
        {
          field: 'asOf',
          found:
            '2001-02-09T00:00:00.000Z, with which training begins 2000-12-31T00:00:00.000Z and the first row is of 2001-01-01T00:00:00.000Z',
          expected:
            '2001-02-10T00:00:00.000Z or later: training 4 weeks, validation 4 days, gap 1 day, ' +
            '3 folds of 2 days for the backtest, and 1 day until labels are known',
        },
      ],
      example: '{"pipeline":"flights","asOf":"2001-02-10T00:00:00.000Z"}',
    });
  });

  it('stays as it is when the start is covered, so that something else is wrong', async () => {
    expect(await explain('2001-02-10T00:00:00.000Z')).toBe(refused);
    expect(await explain('2001-08-01T00:00:00.000Z')).toBe(refused);
  });

  it('is the only failure that is answered', async () => {
    const other = new PermanentFailure('BAD_DATA', 'The dataset has rows that cannot be used.');
    expect(await explain('2001-02-09T00:00:00.000Z', other)).toBe(other);
  });
});
