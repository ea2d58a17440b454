import { describe, expect, it } from 'vitest';
import { better, beatsBaseline, loads, notWorse } from '../../contracts/define-gates.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure } from '../../domain/failure-types.js';

/** The least that a definition says. */
function source(changes: Readonly<Record<string, unknown>>) {
  return {
    name: 'parcels',
    dataset: {
      sources: { parcels: { path: 'parcels.csv', format: 'csv' } },
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { size: 'numeric' },
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'size / 100', threshold: 0.5 },
    training: { command: ['train'], window: '28 days', validation: '7 days' },
    gates: [notWorse('auc', { margin: 0.01 }), loads()],
    ...changes,
  };
}

const numbers = { label: { column: 'minutes', kind: 'regression', delay: '2 days' } };
const monitorOf = (changes: Readonly<Record<string, unknown>>) => parsePipeline(source(changes), 'here').monitor;

function problemsOf(changes: Readonly<Record<string, unknown>>) {
  try {
    monitorOf(changes);
  } catch (error) {
    if (error instanceof PermanentFailure) return error.problems;
    throw error;
  }
  return [];
}

describe('what decay is judged by', () => {
  it('is the metric of the first enforced gate by which a challenger shows something', () => {
    const gates = [
      better('brier', { by: 0.01, mode: 'observe' }),
      beatsBaseline('logLoss', { by: 0 }),
      notWorse('auc', { margin: 0.01 }),
    ];
    expect(monitorOf({ gates })).toEqual({ psiLimit: 0.25, metric: 'logLoss', decayMargin: { share: 0.1 } });
    expect(monitorOf({ ...numbers, gates: [notWorse('rmse', { margin: 1 })] }).metric).toBe('rmse');
  });

  it('is the usual metric of the label where rows alone do not tell how sure the first gate’s metric is', () => {
    const gates = [notWorse('averagePrecision', { margin: 0.01 })];
    expect(monitorOf({ gates })).toEqual({ psiLimit: 0.25, metric: 'auc', decayMargin: 0.03 });
  });

  it('can be said, with a margin in its unit or as a share of what was promised', () => {
    const gates = [notWorse('mae', { margin: 1 })];
    const monitor = { metric: 'rmse', decayMargin: 2.5 };
    expect(monitorOf({ ...numbers, gates, monitor })).toMatchObject({ metric: 'rmse', decayMargin: 2.5 });
    expect(monitorOf({ monitor: { decayMargin: { share: 0.2 } } })).toMatchObject({ decayMargin: { share: 0.2 } });
  });

  it('is refused where the label does not have it, or the margin can never be exceeded or is none', () => {
    expect(problemsOf({ monitor: { metric: 'mae' } })).toEqual([
      { field: 'monitor.metric', found: '"mae"', expected: 'a metric of a binary label: auc, logLoss, brier' },
    ]);
    expect(problemsOf({ monitor: { metric: 'f1' } })).toEqual([
      { field: 'monitor.metric', found: '"f1"', expected: 'one of auc, logLoss, brier, mae, rmse, wape, r2' },
    ]);
    expect(problemsOf({ monitor: { decayMargin: 3 } })).toMatchObject([{ field: 'monitor.decayMargin', found: '3' }]);
    const expected = 'a number of at least 0 in the unit of the metric, or { share: 0.1 } of what the report promised';
    expect(problemsOf({ monitor: { decayMargin: -1 } })).toEqual([
      { field: 'monitor.decayMargin', found: '-1', expected },
    ]);
    expect(problemsOf({ monitor: { decayMargin: { share: 2 } } })).toEqual([
      { field: 'monitor.decayMargin.share', found: '2', expected },
    ]);
  });
});
