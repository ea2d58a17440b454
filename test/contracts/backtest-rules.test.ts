import { describe, expect, it } from 'vitest';
import { notWorse, stable } from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';

const DAY = 86_400_000;
const shows = notWorse('auc', { margin: 0.01 });

function minimal() {
  return {
    name: 'parcels',
    dataset: {
      sources: { parcels: 'parcels.csv' },
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { weight: 'numeric', depot: 'categorical' },
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'weight / 100' },
    training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
    gates: [shows] as unknown[],
  };
}

function problemsOf(value: unknown): readonly Problem[] {
  try {
    parsePipeline(value, 'pipelines/parcels/pipeline.ts');
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'INVALID_DEFINITION') return error.problems;
    throw error;
  }
  return [];
}

const problemsOfFolds = (backtest: object, others: object = {}) => problemsOf({ ...minimal(), ...others, backtest });
const everySix = { window: { every: '6 hours', start: '2024-01-01' } };

describe('the folds of a policy', () => {
  it.each([
    ['1 hour', 7],
    ['1 day', 7],
    ['5 days', 10],
    ['7 days', 7],
    ['28 days', 28],
  ])('are a week long where it says nothing, in whole windows: of %s that is %i days', (every, days) => {
    const training = { ...minimal().training, window: '280 days', validation: '140 days' };
    const window = { every, start: '2024-01-01' };
    const { foldMs, stepMs } = parsePipeline({ ...minimal(), training, window }, 'here').backtest;
    expect([foldMs, stepMs]).toEqual([days * DAY, days * DAY]);
  });

  it('may not have fewer days than an interval has blocks', () => {
    expect(problemsOfFolds({ fold: '1 day' })).toEqual([
      {
        field: 'backtest.fold',
        found: '3 folds of 1 day, with rows of 3 days in all',
        expected:
          'folds of at least 4 days, the blocks that an interval needs, such as backtest: { folds: 3, fold: "7 days" }; or blocks: "entity"',
      },
    ]);
    expect(problemsOfFolds({ fold: '1 day', folds: 4 })).toEqual([]);
    expect(problemsOfFolds({ fold: '2 days' })).toEqual([]);
    expect(problemsOfFolds({ fold: '1 day', blocks: 'entity' })).toEqual([]);
  });

  it('count a day once, however many folds it is cut into', () => {
    expect(problemsOfFolds({ fold: '6 hours', folds: 15 }, everySix)).toEqual([]);
    expect(problemsOfFolds({ fold: '6 hours', folds: 12 }, everySix)).toMatchObject([
      { found: '12 folds of 6 hours, with rows of 3 days in all' },
    ]);
    expect(problemsOfFolds({ fold: '6 hours', folds: 4, step: '1 day' }, everySix)).toEqual([]);
  });

  it('need the blocks of an interval each, where a gate judges them one by one', () => {
    const gates = [shows, stable('auc', { harm: 0.03 })];
    expect(problemsOfFolds({ fold: '3 days' }, { gates })).toEqual([
      {
        field: 'gates.1',
        found: 'stable over folds with rows of 3 days each',
        expected:
          'folds of at least 4 days, the blocks that the interval of each fold needs, such as backtest: { folds: 3, fold: "7 days" }; or blocks: "entity"',
      },
    ]);
    expect(problemsOfFolds({ fold: '4 days' }, { gates })).toEqual([]);
    expect(problemsOfFolds({ fold: '3 days', blocks: 'entity' }, { gates })).toEqual([]);
  });

  it('may not have folds that begin before labels are known', () => {
    expect(problemsOf({ ...minimal(), backtest: { gap: '47 hours' } })).toEqual([
      { field: 'backtest.gap', found: '47 hours', expected: 'at least label delay and ingestion delay, 2 days' },
    ]);
    expect(problemsOf({ ...minimal(), backtest: { gap: '2 days' } })).toEqual([]);
    const label = { ...minimal().label, ingestionDelay: '6 hours' };
    expect(problemsOf({ ...minimal(), label, backtest: { gap: '53 hours' } })).toEqual([
      { field: 'backtest.gap', found: '53 hours', expected: 'at least label delay and ingestion delay, 54 hours' },
    ]);
    expect(problemsOf({ ...minimal(), label, backtest: { gap: '54 hours' } })).toEqual([]);
    expect(parsePipeline({ ...minimal(), label }, 'here').backtest.gapMs).toBe(54 * 3_600_000);
  });

  it('may not have folds that overlap; a step of exactly a fold, or longer, is fine', () => {
    const fold = { fold: '2 days' };
    expect(problemsOf({ ...minimal(), backtest: { ...fold, step: '1 day' } })).toEqual([
      {
        field: 'backtest.step',
        found: '1 day',
        expected: 'at least the length of a fold, 2 days: folds that overlap judge the same rows twice',
      },
    ]);
    for (const step of ['2 days', '7 days']) {
      expect(problemsOf({ ...minimal(), backtest: { ...fold, step } })).toEqual([]);
    }
  });
});
