import { describe, expect, it } from 'vitest';
import { casesOf, cellsOf, planLives, type CalmStep } from './crash-plan.js';
import type { Pass } from './worker-process.js';

/** A step that passed these points in one activity with so many attempts. */
function step(name: string, points: readonly Pass['point'][], change: Partial<CalmStep & Pass> = {}): CalmStep {
  const { kind = 'everyday', type = 'score', attempts = 8, place = 'port', activity = 'work' } = change;
  return { kind, step: name, type, trace: points.map((point) => ({ point, pass: 9, place, activity, attempts })) };
}

const shown = (steps: readonly CalmStep[]) =>
  casesOf(steps).map(({ step: name, crashes }) => [
    name,
    ...crashes.map(({ point, pass, mode }) => `${mode} at ${point}#${String(pass)}`),
  ]);

describe('the crashes of all lives', () => {
  it('are each point for the first and the second time, in each mode', () => {
    expect(shown([step('score', ['before-score', 'before-score'])])).toEqual(
      ['SIGKILL', 'SIGTERM', 'hang'].flatMap((mode) => [
        ['score', `${mode} at before-score#1`],
        ['score', `${mode} at before-score#2`],
      ]),
    );
  });

  it('go down at the same point at the next attempt, where a step passes it once', () => {
    expect(shown([step('score', ['after-score'])])).toEqual([
      ['score', 'SIGKILL at after-score#1', 'hang at after-score#1'],
      ['score', 'hang at after-score#1', 'SIGKILL at after-score#1', 'SIGTERM at after-score#1'],
      ['score', 'SIGTERM at after-score#1'],
    ]);
  });

  it('do not hang in the code of an activity, only at its ports', () => {
    expect(shown([step('score', ['after-score'], { place: 'code' })])).toEqual([
      ['score', 'SIGKILL at after-score#1', 'SIGKILL at after-score#1', 'SIGTERM at after-score#1'],
      ['score', 'SIGTERM at after-score#1'],
    ]);
  });

  it('fall into every type of workflow that passes a point, and every point comes first', () => {
    const steps = [
      step('score', ['before-score']),
      step('promote', ['before-score', 'before-report'], { type: 'promote' }),
    ];
    const order = casesOf(steps).map(({ step: name, crashes }) => `${name} ${crashes[0]?.point ?? ''}`);
    expect([...new Set(order)]).toEqual(['score before-score', 'promote before-report', 'promote before-score']);
  });

  it('fall into the step of a type that has the fewest', () => {
    const steps = [step('first', ['before-score', 'after-score']), step('last', ['before-score', 'after-score'])];
    expect(new Set(casesOf(steps).map(({ step: name, crashes }) => `${name} ${crashes[0]?.point ?? ''}`))).toEqual(
      new Set(['first before-score', 'last after-score']),
    );
  });

  it('lose no second attempt of an activity that is given up after two, where that is another outcome', () => {
    const alias = { attempts: 2, activity: 'projectChampion' };
    const steps = [step('monitor', ['after-alias'], { type: 'monitor', ...alias })];
    expect(cellsOf(casesOf(steps))).toEqual([
      'monitor after-alias SIGKILL first',
      'monitor after-alias SIGTERM first',
      'monitor after-alias hang first',
    ]);
  });
});

describe('the plan of lives', () => {
  it('leaves every activity an attempt to end well with', () => {
    const points = ['before-train', 'after-train', 'before-model-file'] as const;
    const lives = planLives(casesOf([step('retrain', points, { attempts: 3 })]), 8);
    const lost = lives.map(({ crashes }) => crashes.get('retrain')?.filter(({ mode }) => mode !== 'SIGTERM').length);
    expect(Math.max(...lost.map((count) => count ?? 0))).toBe(2);
  });

  it('asks a worker to end last of all in an activity, which it finishes, and once at most', () => {
    const [life] = planLives(casesOf([step('score', ['before-score', 'after-score'])]), 12);
    const modes = life?.crashes.get('score')?.map(({ mode }) => mode) ?? [];
    expect(modes.indexOf('SIGTERM')).toBe(modes.length - 1);
  });

  it('has the crashes of a step in the order in which their activities are passed, and counts anew after each', () => {
    const first = step('score', ['before-score'], { activity: 'scoreShard' });
    const last = step('score', ['after-served-commit', 'after-served-commit'], { activity: 'publishScores' });
    const cases = casesOf([{ ...first, trace: [...first.trace, ...last.trace] }]);
    const [life] = planLives([...cases].reverse(), 12);
    expect(life?.crashes.get('score')?.map(({ point }) => point)).toEqual(
      [...(life?.crashes.get('score') ?? [])].map(({ point }) => point).sort((a, b) => (a < b ? 1 : -1)),
    );
    expect(
      life?.crashes
        .get('score')
        ?.slice(1)
        .every(({ pass }) => pass === 1),
    ).toBe(true);
  });

  it('keeps kinds of life apart', () => {
    const cases = casesOf([step('score', ['before-score']), step('shadow', ['after-look'], { kind: 'rollout' })]);
    expect(new Set(planLives(cases, 2).map(({ kind }) => kind))).toEqual(new Set(['everyday', 'rollout']));
  });
});
