import { describe, expect, it } from 'vitest';
import { casesOf, onceEach, planLives } from './crash-plan.js';
import type { StepReport } from './life.js';
import type { Pass } from './worker-process.js';

/** A step that passed these points in one activity with so many attempts. */
function step(name: string, points: readonly Pass['point'][], attempts = 8): StepReport {
  const trace = points.map((point) => ({ point, pass: 9, place: 'port' as const, activity: 'work', attempts }));
  return { step: name, trace, crashed: [], missed: [], failure: null };
}

describe('the crashes of a life', () => {
  it('are each point for the first and the second time, in each mode', () => {
    const cases = casesOf([step('score', ['before-score', 'after-score', 'before-score'])], ['SIGKILL', 'SIGTERM']);
    expect(cases.map(({ point, pass, mode, again }) => [point, pass, mode, again])).toEqual([
      ['before-score', 1, 'SIGKILL', false],
      ['before-score', 2, 'SIGKILL', false],
      ['before-score', 1, 'SIGTERM', false],
      ['before-score', 2, 'SIGTERM', false],
      // Passed once: then it goes down there again when the work is done again.
      ['after-score', 1, 'SIGKILL', false],
      ['after-score', 1, 'SIGKILL', true],
      ['after-score', 1, 'SIGTERM', false],
      ['after-score', 1, 'SIGTERM', true],
    ]);
  });

  it('are sampled as each point once, where the fewest are', () => {
    const calm = [step('score', ['before-score', 'after-score']), step('last', ['before-score', 'after-score'])];
    const sample = onceEach(casesOf(calm, ['SIGKILL']));
    expect(sample.map(({ step: name, point }) => `${name} ${point}`)).toEqual([
      'score before-score',
      'last after-score',
    ]);
  });

  it('leave every activity an attempt to end well with', () => {
    const points = ['before-train', 'after-train', 'before-model-file'] as const;
    const cases = onceEach(casesOf([step('retrain', points, 3)], ['SIGKILL']));
    const lives = planLives(cases, 8);
    expect(lives.map((plan) => plan.get('retrain')?.map(({ point }) => point))).toEqual([
      ['before-train', 'after-train'],
      ['before-model-file'],
    ]);
  });

  it('come in the order in which their points are passed', () => {
    const cases = onceEach(casesOf([step('score', ['before-score', 'after-score'])], ['SIGKILL']));
    const [plan] = planLives([...cases].reverse(), 8);
    expect(plan?.get('score')?.map(({ point }) => point)).toEqual(['before-score', 'after-score']);
  });
});
