import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { CommandFailure, exitCodeOfFailure, toCommandError } from '../../cli/command-error.js';
import { exitCodes } from '../../cli/exit-codes.js';
import { toTemporalFailure } from '../../activities/failures.js';
import { failureTypes, PermanentFailure } from '../../domain/failure-types.js';

const problem = { field: 'window', found: '"soon"', expected: 'a date' };
const badInput = new PermanentFailure('INVALID_INPUT', 'score cannot start with this input.', {
  problems: [problem],
  example: '{"pipeline":"flights"}',
});

function wrapped(message: string, cause: unknown): Error {
  return new Error(message, { cause });
}

describe('toCommandError', () => {
  it('keeps sentence, problems and example of a permanent failure apart', () => {
    expect(toCommandError(badInput)).toEqual({
      type: 'INVALID_INPUT',
      exitCode: exitCodes.badInput,
      message: 'score cannot start with this input.',
      problems: [problem],
      example: '{"pipeline":"flights"}',
    });
  });

  it('reads the same from the failure of a workflow, however deep an activity threw it', () => {
    const failed = wrapped('Workflow execution failed', wrapped('Activity task failed', toTemporalFailure(badInput)));
    expect(toCommandError(failed)).toEqual(toCommandError(badInput));
  });

  it('calls a transient failure of an activity unexpected, with the innermost message', () => {
    const failed = wrapped(
      'Workflow execution failed',
      ApplicationFailure.create({ message: 'disk full', type: 'Error' }),
    );
    expect(toCommandError(failed)).toMatchObject({ type: 'UNEXPECTED', exitCode: 1, message: 'disk full' });
  });

  it.each<readonly [string, Error]>([
    ['CANCELLED', new CancelledFailure('by a person')],
    ['TERMINATED', new TerminatedFailure('by a person', undefined)],
  ])('says when a run was %s', (type, cause) => {
    expect(toCommandError(wrapped('Workflow execution failed', cause))).toMatchObject({ type, exitCode: 1 });
  });

  it('calls a connection that went away unreachable', () => {
    const lost = wrapped('Failed to get result', Object.assign(new Error('14 UNAVAILABLE'), { code: 14 }));
    expect(toCommandError(lost)).toMatchObject({ type: 'TEMPORAL_UNREACHABLE', exitCode: 4 });
  });

  it('calls a registry that does not answer unreachable, and one that refuses not', () => {
    const away = Object.assign(new Error('no answer'), { name: 'MlflowError', transient: true });
    expect(toCommandError(wrapped('reading the alias', away))).toMatchObject({
      type: 'MLFLOW_UNREACHABLE',
      exitCode: 4,
    });
    const refused = Object.assign(new Error('forbidden'), { name: 'MlflowError', transient: false });
    expect(toCommandError(refused)).toMatchObject({ type: 'UNEXPECTED', exitCode: 1 });
  });

  it('lets a failure of the command itself speak before what caused it', () => {
    const failure = new CommandFailure('ALREADY_RUNNING', exitCodes.no, 'It runs already.', { cause: badInput });
    expect(toCommandError(failure)).toMatchObject({ type: 'ALREADY_RUNNING', exitCode: 3 });
  });

  it('survives a value that is no error', () => {
    expect(toCommandError('broken')).toMatchObject({ type: 'UNEXPECTED', exitCode: 1, message: 'broken' });
  });
});

describe('exitCodeOfFailure', () => {
  it.each(['INVALID_INPUT', 'UNKNOWN_PIPELINE', 'INVALID_DEFINITION', 'WINDOW_IN_FUTURE', 'WINDOW_BEYOND_COVERAGE'])(
    'is 2 for %s: what was given has to change',
    (type) => {
      expect(exitCodeOfFailure(type)).toBe(2);
    },
  );

  it.each(['NO_CHAMPION', 'NOTHING_TO_SCORE', 'NO_ROLLBACK_TARGET', 'IDENTICAL_MODELS'])(
    'is 3 for %s: the answer is no',
    (type) => {
      expect(exitCodeOfFailure(type)).toBe(3);
    },
  );

  it('is never success for a failure', () => {
    expect(failureTypes.filter((type) => exitCodeOfFailure(type) === exitCodes.done)).toEqual([]);
  });
});
