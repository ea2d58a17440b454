import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abTest, blueGreen, notWorse, share, shadow } from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';

function parse(sections: object): PipelineDefinition {
  const minimal = {
    name: 'parcels',
    dataset: {
      sources: { parcels: 'parcels.csv' },
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { weight: 'numeric' },
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'weight / 100' },
    training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
    gates: [notWorse('auc', { margin: 0.01 })],
  };
  return parsePipeline({ ...minimal, ...sections }, 'here');
}

/** Field and what was found there, of every problem. */
function problemsOf(sections: object): readonly string[] {
  return refusalOf(sections)?.problems.map(({ field, found }) => `${field}: ${found}`) ?? [];
}

/** What people are told of a definition that is refused; null where it is not. */
function refusalOf(sections: object): PermanentFailure | null {
  try {
    parse(sections);
    return null;
  } catch (error) {
    if (error instanceof PermanentFailure) return error;
    throw error;
  }
}

/** In hundredths of a percent, so that every share has two decimals at most. */
const sound = fc.integer({ min: 1, max: 9_999 }).map((hundredths) => hundredths / 100);
const unsound = fc.oneof(fc.constantFrom(0, 101), fc.integer({ min: -10_000, max: 0 }), fc.integer({ min: 101 }));

describe('any list of shares', () => {
  it('that never falls is a plan', () => {
    fc.assert(
      fc.property(fc.array(sound, { minLength: 1, maxLength: 8 }), (shares) => {
        const rising = [...shares].sort((a, b) => a - b);
        expect(problemsOf({ rollout: rising.map((percent) => share(percent)) })).toEqual([]);
      }),
    );
  });

  it('that falls is refused at every step that falls, with what was found and what is expected there', () => {
    fc.assert(
      fc.property(fc.array(sound, { minLength: 2, maxLength: 8 }), (shares) => {
        const falling = shares.flatMap((percent, index) => {
          const before = Math.max(0, ...shares.slice(0, index));
          const expected = `at least ${String(before)} %: shares never fall`;
          return percent < before
            ? [{ field: `rollout.${String(index)}`, found: `${String(percent)} %`, expected }]
            : [];
        });
        const refusal = refusalOf({ rollout: shares.map((percent) => share(percent)) });
        expect(refusal?.problems ?? []).toEqual(falling);
      }),
    );
  });

  it('of nothing, or of more than everything, is refused with field, found, expected and an example', () => {
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 3 }), unsound, (shares, broken) => {
        const rising = [...shares].sort((a, b) => a - b).map((percent) => share(percent));
        const refusal = refusalOf({ rollout: [...rising, share(broken)] });
        const field = `rollout.${String(rising.length)}.sharePercent`;
        expect(refusal?.type).toBe('INVALID_DEFINITION');
        expect(refusal?.problems).toMatchObject([{ field, found: String(broken) }]);
        expect(refusal?.problems[0]?.expected).toMatch(/a share (above 0|of at most 100) percent/);
        expect(refusal?.example).toContain('rollout: [shadow({ cycles: 2 }), share(5');
      }),
    );
  });
});

describe('plans of a rollout', () => {
  it('are lists of steps', () => {
    const canary = [shadow({ cycles: 2 }), share(1), share(25, { cycles: 3 }), share(100)];
    expect(parse({ rollout: canary }).rollout).toEqual([
      { kind: 'shadow', cycles: 2 },
      { kind: 'share', sharePercent: 1, cycles: 1 },
      { kind: 'share', sharePercent: 25, cycles: 3 },
      { kind: 'share', sharePercent: 100, cycles: 1 },
    ]);
  });

  it('switch everybody at once for blue-green, after both sides computed everything', () => {
    expect(parse({ rollout: blueGreen({ cycles: 3 }) }).rollout).toEqual([
      { kind: 'shadow', cycles: 3 },
      { kind: 'share', sharePercent: 100, cycles: 3 },
    ]);
  });

  it('split by half until a fixed horizon for an A/B test', () => {
    expect(parse({ rollout: abTest({ cycles: 14 }) }).rollout).toEqual([
      { kind: 'share', sharePercent: 50, cycles: 14, needs: 'better' },
    ]);
  });
});

describe('a rollout is refused', () => {
  it('with shares of nothing, of more than everything, or of no number', () => {
    const rollout = [share(0), share(101), share(Number.NaN), shadow({ cycles: 0 })];
    expect(problemsOf({ rollout })).toEqual([
      'rollout.0.sharePercent: 0',
      'rollout.1.sharePercent: 101',
      'rollout.2.sharePercent: null',
      'rollout.3.cycles: 0',
    ]);
  });

  it('with shares that fall, or a shadow step behind a share', () => {
    expect(problemsOf({ rollout: [share(25), share(5), shadow()] })).toEqual([
      'rollout.1: 5 %',
      'rollout.2: a shadow step after a share',
    ]);
    expect(problemsOf({ rollout: [share(25), share(25)] })).toEqual([]);
  });

  it('with a step after everybody is served', () => {
    expect(problemsOf({ rollout: [share(100), share(100)] })).toEqual(['rollout.1: a step after share(100)']);
  });

  it('that asks for more than its windows can show', () => {
    const needs = 'not-worse';
    const analysis = { margin: 0.01 };
    expect(problemsOf({ rollout: [shadow({ cycles: 1 }), share(5, { cycles: 2, needs })], analysis })).toEqual([
      'rollout.1.cycles: 3 cycles up to here',
    ]);
    expect(problemsOf({ rollout: [shadow({ cycles: 1 }), share(5, { cycles: 3, needs })], analysis })).toEqual([]);
    expect(problemsOf({ rollout: [share(5, { cycles: 9, needs })] })).toEqual([
      "rollout.0.needs: 'not-worse' without a margin",
    ]);
    expect(problemsOf({ rollout: abTest({ cycles: 2 }) })).toEqual(['rollout.0.cycles: 2']);
    expect(problemsOf({ rollout: abTest({ cycles: 3 }) })).toEqual([]);
  });

  it('that takes longer than a year', () => {
    expect(problemsOf({ rollout: [shadow({ cycles: 300 }), share(5, { cycles: 66 })] })).toEqual([]);
    expect(problemsOf({ rollout: [shadow({ cycles: 300 }), share(5, { cycles: 67 })] })).toEqual([
      'rollout: 367 cycles of 1 day, 367 days in all',
    ]);
  });
});

describe('the analysis of a rollout', () => {
  it('takes the loss that fits the label when none is named', () => {
    const regression = { column: 'price', kind: 'regression', delay: '2 days' };
    const gates = [notWorse('rmse', { margin: 1 })];
    expect(parse({}).analysis.loss).toBe('brier');
    const baseline = { expression: 'weight / 100', threshold: 20 };
    expect(parse({ label: regression, baseline, gates }).analysis.loss).toBe('squaredError');
  });

  it('refuses chances, shares and limits that are none, all at once', () => {
    const analysis = { alpha: 0, margin: -1, minCycles: 0, maxChurn: 2, sampleRatioAlpha: 0.5, failureLimit: 0.5 };
    expect(problemsOf({ analysis })).toEqual([
      'analysis.alpha: 0',
      'analysis.margin: -1',
      'analysis.minCycles: 0',
      'analysis.maxChurn: 2',
      'analysis.sampleRatioAlpha: 0.5',
      'analysis.failureLimit: 0.5',
    ]);
  });

  it('refuses a loss of other labels, and lost value where none is known', () => {
    expect(problemsOf({ analysis: { loss: 'absoluteError', maxValueLoss: 1 } })).toEqual([
      'analysis.loss: absoluteError',
      'analysis.maxValueLoss: 1',
    ]);
  });
});

describe('the deadline of a watch', () => {
  const dayMs = 86_400_000;

  it('is 30 days where nothing is said, and longer where the windows need longer', () => {
    expect(parse({}).watch.deadlineMs).toBe(30 * dayMs);
    expect(parse({ watch: { cycles: 20 } }).watch.deadlineMs).toBe(44 * dayMs);
    expect(parse({ watch: { deadline: '12 days' } }).watch.deadlineMs).toBe(12 * dayMs);
  });

  it('leaves time for all windows and their labels, to the day', () => {
    expect(problemsOf({ watch: { cycles: 7, deadline: '9 days' } })).toEqual([]);
    expect(problemsOf({ watch: { cycles: 7, deadline: '8 days' } })).toEqual(['watch.deadline: 8 days']);
    expect(problemsOf({ watch: { cycles: 0, deadline: '1 second' } })).toEqual([]);
  });
});
