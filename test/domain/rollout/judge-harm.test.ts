import { describe, expect, it } from 'vitest';
import { defaultAnalysis } from '../../../domain/rollout/default-analysis.js';
import { findHarmReach, sayHarmReach } from '../../../domain/rollout/harm-reach.js';
import { fixedWindows, judgeHarm, measureHorizon } from '../../../domain/rollout/judge-harm.js';
import { analysedWindow } from '../../support/analysed-windows.js';

const policy = defaultAnalysis('binary');
const daysOf = (windows: readonly { readonly window: { readonly start: string } }[]) =>
  windows.map(({ window }) => window.start.slice(8, 10));

describe('the windows of a fixed horizon', () => {
  it('stay the same when an older window is filled in later', () => {
    const known = [3, 4, 5].map((k) => analysedWindow(k));
    const filledIn = analysedWindow(1, { challenger: { meanLoss: 0.9 }, firstVersion: 200 });
    expect(daysOf(fixedWindows(known, 3))).toEqual(['13', '14', '15']);
    expect(daysOf(fixedWindows([filledIn, ...known], 3))).toEqual(['13', '14', '15']);
    expect(measureHorizon(policy, [filledIn, ...known], 3)).toEqual(measureHorizon(policy, known, 3));
  });

  it('are none without rows, and none that a side was trained on', () => {
    const windows = [
      analysedWindow(0, { standing: 'seen' }),
      analysedWindow(1, { standing: 'empty' }),
      analysedWindow(2),
      analysedWindow(3, { standing: 'one-sided' }),
      analysedWindow(4),
    ];
    expect(daysOf(fixedWindows(windows, 2))).toEqual(['12', '13']);
  });

  it('are not judged while one of them waits for its labels', () => {
    const windows = [0, 1, 2, 3].map((k) => analysedWindow(k));
    const waiting = [analysedWindow(0, { standing: 'labels-pending' }), ...windows.slice(1)];
    expect(measureHorizon(policy, windows, 3)).not.toBeNull();
    expect(measureHorizon(policy, waiting, 3)).toBeNull();
  });
});

describe('harm on labels', () => {
  const judged = (count: number) => Array.from({ length: count }, (_, k) => analysedWindow(k));

  it.each([
    [0.05, 4],
    [0.1, 3],
    [0.001, 6],
  ])('with alpha %f can be shown from %i windows on, and a look says so before', (alpha, least) => {
    const whyOf = (count: number) => judgeHarm({ ...policy, alpha }, judged(count)).why;
    expect(findHarmReach({ rollout: [], watchCycles: 7, alpha }).leastWindows).toBe(least);
    expect(whyOf(least - 1)).toContain(`harm can be shown from ${String(least)} judged windows on`);
    expect(whyOf(least)).toContain('no harm beyond 0 is shown');
  });

  it('is beyond a plan with fewer windows, and a plan says where', () => {
    const rollout = [
      { kind: 'shadow', cycles: 2 },
      { kind: 'share', sharePercent: 5, cycles: 2 },
    ] as const;
    const say = (watchCycles: number, steps: typeof rollout | []) =>
      sayHarmReach(findHarmReach({ rollout: steps, watchCycles, alpha: 0.05 }))
        .split('\n')
        .slice(1);
    expect(say(3, rollout)).toEqual([
      'steps: 4 windows',
      'watch: 3 windows: too few, so only guardrails can stop it there',
    ]);
    expect(say(1, [])).toEqual([
      'steps: none, so nothing is seen there',
      'watch: 1 window: too few, so only guardrails can stop it there',
    ]);
  });
});
