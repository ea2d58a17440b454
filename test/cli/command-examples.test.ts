import { describe, expect, it } from 'vitest';
import { asCommandFailure, commandExample } from '../../cli/command-examples.js';
import { PermanentFailure } from '../../domain/failure-types.js';

const asked = { verb: 'score', pipeline: 'orders' } as const;

describe('an example at a terminal', () => {
  it.each([
    ['{"pipeline":"flights"}', 'gauntlet score orders'],
    ['{"pipeline":"flights","window":"2001-03-05"}', 'gauntlet score orders --window 2001-03-05'],
    [
      '{"pipeline":"flights","window":"2001-03-05"} scores one window again',
      'gauntlet score orders --window 2001-03-05  # scores one window again',
    ],
    ['{"pipeline":"flights","asOf":"2001-03-05T00:00:00.000Z"}', 'gauntlet score orders --as-of 2001-03-05'],
    ['{"pipeline":"flights","asOf":"2001-03-05T06:00:00.000Z"}', 'gauntlet score orders --as-of 2001-03-05T06:00:00Z'],
    ['{"pipeline":"flights","trainingWindow":"14 days"}', 'gauntlet score orders --training-window "14 days"'],
    [
      'retrain first, then promote with {"pipeline":"orders","bootstrap":true}',
      'retrain first, then gauntlet promote orders --bootstrap',
    ],
  ])('is a command with the pipeline that was asked for: %s', (example, command) => {
    expect(commandExample(example, asked)).toBe(command);
  });

  it.each(['SELECT 1', 'gauntlet dev', '{"pipeline":'])('stays as it is when it is no input: %s', (example) => {
    expect(commandExample(example, asked)).toBe(example);
  });

  it('keeps the name of the example when what was typed is no name', () => {
    const typed = { ...asked, pipeline: 'Bad Name' };
    expect(commandExample('{"pipeline":"flights"}', typed)).toBe('gauntlet score flights');
  });

  it('is of the verb that was typed, which may start a workflow of another name', () => {
    const drill = { verb: 'drill', pipeline: 'orders' };
    expect(commandExample('{"pipeline":"flights"} takes the previous champion', drill)).toBe(
      'gauntlet drill orders  # takes the previous champion',
    );
  });

  it('names problems and options as they are typed', () => {
    const failure = new PermanentFailure('INVALID_INPUT', 'promote cannot start with this input.', {
      problems: [{ field: 'plan', found: '"zz"', expected: 'a digest' }],
      example: '{"pipeline":"flights","plan":"3f9c2a170b5e"}',
    });
    expect(asCommandFailure(failure, { verb: 'promote', pipeline: 'orders' })).toMatchObject({
      problems: [{ field: '--apply' }],
      example: 'gauntlet promote orders --apply 3f9c2a170b5e',
    });
  });

  it('names a pipeline that is known when the one that was asked for is not', () => {
    const failure = new PermanentFailure('UNKNOWN_PIPELINE', 'There is none.', { example: '{"pipeline":"flights"}' });
    expect(asCommandFailure(failure, asked).example).toBe('gauntlet score flights');
  });

  it('changes nothing else about a failure', () => {
    const failure = new PermanentFailure('NOTHING_TO_SCORE', 'Every window is published.', {
      problems: [{ field: 'window', found: 'none', expected: 'one' }],
      example: '{"pipeline":"flights"}',
    });
    expect(asCommandFailure(failure, asked)).toMatchObject({
      type: 'NOTHING_TO_SCORE',
      exitCode: 3,
      message: 'Every window is published.',
      problems: failure.problems,
      example: 'gauntlet score orders',
    });
  });
});
