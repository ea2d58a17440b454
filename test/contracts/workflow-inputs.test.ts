import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { workflowTypes, type WorkflowType } from '../../domain/workflow-inputs.js';
import { anyJson } from '../support/json-values.js';

const pipeline = 'flights';

function failureOf(type: WorkflowType, input: unknown): PermanentFailure {
  try {
    parseWorkflowInput(type, input);
  } catch (error) {
    if (error instanceof PermanentFailure) return error;
    throw error;
  }
  throw new Error('the input was accepted');
}

function problemsOf(type: WorkflowType, input: unknown): readonly Problem[] {
  return failureOf(type, input).problems;
}

describe('a start', () => {
  it.each(workflowTypes)('of %s needs nothing but the pipeline', (type) => {
    expect(parseWorkflowInput(type, { pipeline })).toEqual({ pipeline });
  });

  it.each(workflowTypes)('of %s takes who starts it and why', (type) => {
    expect(parseWorkflowInput(type, { pipeline, by: ' Anna ', reason: 'new routes' })).toEqual({
      pipeline,
      by: 'Anna',
      reason: 'new routes',
    });
  });

  it.each([null, undefined])('with %s, as the UI sends an empty form, is told what to paste', (input) => {
    expect(failureOf('score', input)).toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'input', found: 'nothing', expected: 'one JSON object' }],
      example: '{"pipeline":"flights"}',
    });
  });

  it.each([['flights'], [7], [['flights']], [true]])('with %j instead of an object is refused', (input) => {
    const found = JSON.stringify(input);
    expect(problemsOf('score', input)).toEqual([{ field: 'input', found, expected: 'one JSON object' }]);
  });

  it('with an example that it gives would be accepted', () => {
    const { example } = failureOf('promote', {});
    expect(parseWorkflowInput('promote', JSON.parse(example ?? ''))).toEqual({ pipeline });
  });

  it('lists every problem at once, with field, finding and what was expected', () => {
    const input = { pipeline: 'Flights', version: 0, dryRun: 'yes', bootsrap: true, reason: '' };
    expect(problemsOf('promote', input)).toEqual([
      { field: 'pipeline', found: '"Flights"', expected: 'a pipeline name: lower-case letters, digits and hyphens' },
      { field: 'reason', found: '""', expected: 'text of 1 to 2000 characters' },
      { field: 'version', found: '0', expected: 'a version number such as 3' },
      { field: 'dryRun', found: '"yes"', expected: 'true or false' },
      {
        field: 'bootsrap',
        found: 'an unknown field',
        expected: 'one of pipeline, reason, by, version, bootstrap, asOf, dryRun, planOnly, plan',
      },
    ]);
  });

  it('quotes no more than a line of what was found', () => {
    expect(problemsOf('score', { pipeline, reason: 'x'.repeat(3000) })[0]?.found.length).toBe(120);
  });

  it('never ends in anything but an input or INVALID_INPUT, whatever JSON it gets', () => {
    fc.assert(
      fc.property(fc.constantFrom(...workflowTypes), anyJson, (type, input) => {
        expect(failureOf(type, input).type).toBe('INVALID_INPUT');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a window', () => {
  it.each([
    ['2001-03-05', '2001-03-05T00:00:00.000Z'],
    ['2001-03-05T06:00Z', '2001-03-05T06:00:00.000Z'],
    ['2001-03-05T06:00:00Z', '2001-03-05T06:00:00.000Z'],
    ['2001-03-05T06:00:00.5Z', '2001-03-05T06:00:00.500Z'],
    ['2000-02-29', '2000-02-29T00:00:00.000Z'],
  ])('%s is the instant %s', (window, instant) => {
    expect(parseWorkflowInput('score', { pipeline, window }).window).toBe(instant);
  });

  it.each(['yesterday', '05.03.2001', '2001-3-5', '2001-03-05T06:00', '2001-03-05T06:00:00+01:00', 20010305, null])(
    '%j is no UTC date or instant',
    (window) => {
      const problems = problemsOf('score', { pipeline, window });
      expect(problems).toEqual([
        expect.objectContaining({
          field: 'window',
          expected: 'a UTC date or instant such as "2001-03-05" or "2001-03-05T00:00:00Z"',
        }),
      ]);
    },
  );

  it.each(['2001-02-29', '2001-02-30', '2001-04-31', '2001-13-01', '2001-03-05T24:00Z', '2001-03-05T25:00Z'])(
    '%s is no date that exists',
    (window) => {
      expect(problemsOf('score', { pipeline, window })).toEqual([
        { field: 'window', found: JSON.stringify(window), expected: 'a date that exists' },
      ]);
    },
  );
});

describe('a version', () => {
  it.each([3, '3'])('may be typed as %j', (version) => {
    expect(parseWorkflowInput('promote', { pipeline, version }).version).toBe('3');
  });

  it.each(['03', '', '-1', 0, 1.5, 'latest', null, true])('%j is none', (version) => {
    expect(problemsOf('promote', { pipeline, version })).toEqual([
      { field: 'version', found: JSON.stringify(version), expected: 'a version number such as 3' },
    ]);
  });

  it('of an opponent may be the baseline', () => {
    expect(parseWorkflowInput('backtest', { pipeline, against: 'baseline' }).against).toBe('baseline');
    expect(parseWorkflowInput('backtest', { pipeline, against: 2 }).against).toBe('2');
    expect(problemsOf('backtest', { pipeline, against: 'champion' })[0]?.expected).toContain('or "baseline"');
  });
});

describe('a backtest that refits', () => {
  it.each([3, 100])('may have %d folds', (folds) => {
    expect(parseWorkflowInput('backtest', { pipeline, refit: true, folds })).toMatchObject({ refit: true, folds });
  });

  it.each([2, 101, 3.5, '6', null])('may not have %j folds', (folds) => {
    expect(problemsOf('backtest', { pipeline, refit: true, folds })).toMatchObject([
      { field: 'folds', expected: 'a whole number from 3 to 100' },
    ]);
  });

  it.each([undefined, false])('is the only one that may have a number of folds, not one with refit %j', (refit) => {
    expect(problemsOf('backtest', { pipeline, ...(refit === undefined ? {} : { refit }), folds: 6 })).toMatchObject([
      { field: 'folds', found: '6' },
    ]);
  });
});

it('training parameters are an object of whatever the trainer knows', () => {
  const params = { trees: 80, objective: 'binary', nested: { deep: [1] } };
  expect(parseWorkflowInput('retrain', { pipeline, params }).params).toEqual(params);
  expect(problemsOf('retrain', { pipeline, params: [] })[0]?.field).toBe('params');
});
