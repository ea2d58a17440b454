import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createMonitoringActivities } from '../../../activities/monitoring/monitoring-activities.js';
import { createEvaluator } from '../../../adapters/duckdb/evaluation.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import { runOf, stampOf } from '../../support/activity-world.js';
import { pipeline } from '../../support/ledger.js';
import { order } from '../../support/orders.js';
import { ordersAround, RealScoring, realWindow, withStore } from '../../support/real-scoring.js';
import { scoreByHand } from '../../support/real-models.js';

/** Forty orders of the window; red has the code 1. Every fourth was returned. */
const amounts = Array.from({ length: 40 }, (_, index) => 1 + index);
const returned = (amount: number) => (amount % 4 === 0 ? 1 : 0);
const orders = ordersAround(
  amounts.map((amount) =>
    order({ id: `o${String(amount).padStart(3, '0')}`, amount: String(amount), returned: String(returned(amount)) }),
  ),
);

describe('a judged window of a pipeline that predicts numbers', () => {
  let real: RealScoring;
  beforeEach(async () => {
    real = await RealScoring.create(orders);
    await real.run('r1');
  });
  afterEach(() => real.remove());

  /** What a run of the monitor does about the window, given what the promoting report said of the mean absolute error. */
  async function judge(promisedMae: number | null, changes: Partial<PipelineDefinition['label']> = {}) {
    const { current } = real.world.definitions;
    real.world.definitions.current = {
      ...current,
      label: { ...current.label, kind: 'regression', ...changes },
      monitor: { psiLimit: 0.25, metric: 'mae', decayMargin: { share: 0.1 } },
    };
    const read = real.world.store.read.bind(real.world.store);
    const withPromise = withStore(real, {
      read: async (file) => {
        const bytes = await read(file);
        if (bytes === null || !file.endsWith('/report.json')) return bytes;
        return new TextEncoder().encode(
          JSON.stringify({ comparison: { pooled: { challenger: { mae: { value: promisedMae } } } } }),
        );
      },
    });
    const services = real.services(withPromise);
    const evaluator = createEvaluator({ tempDirectory: real.world.store.root, threads: 1 });
    const activities = createMonitoringActivities({ ...services, evaluator });
    const input = { pipeline, window: realWindow, asOf: '2024-03-01' };
    const plan = await activities.beginMonitor({ input, run: runOf('m1', { startedAt: '2024-06-01T00:00:00.000Z' }) });
    const window = plan.windows[0] ?? { start: '', end: '' };
    const args = { plan, window, stamp: stampOf('m1') };
    const environment = new MockActivityEnvironment();
    const judging = environment.run((given: typeof args) => activities.monitorWindow(given), args);
    const judged = (await judging) as Awaited<ReturnType<typeof activities.monitorWindow>>;
    return { judged, record: (await real.world.state()).monitoredWindows.at(-1) };
  }

  /** The champion is `b`. Scores are float32, so they differ from those by hand in the eighth digit. */
  const errors = amounts.map((amount) => Math.abs(Math.fround(scoreByHand('b', amount, 1)) - returned(amount)));
  const mean = (weights: readonly number[]) =>
    errors.reduce((sum, error, index) => sum + error * (weights[index] ?? 0), 0) / weights.reduce((a, b) => a + b, 0);

  it('has decayed when its error is shown to be above what was promised, and the record says by how much', async () => {
    const { judged, record } = await judge(0.2);
    expect(judged).toMatchObject({ verdict: 'fail' });
    expect(judged.summary).toMatch(
      /^mean absolute error 0\.\d+ \(0\.\d+ to 0\.\d+\) is shown to be above the promised 0\.2 plus 0\.02, in the unit of the label/,
    );
    expect(record).toMatchObject({ decayed: true, performance: { metric: 'mae', promised: 0.2 } });
    expect(record?.performance?.margin).toBeCloseTo(0.02, 12);
    expect(record?.performance?.value).toBeCloseTo(mean(amounts.map(() => 1)), 6);
    expect(record?.metrics['rmse']).toBeGreaterThan(0);
  });

  it('has not decayed when it is within the margin of what was promised', async () => {
    const { judged, record } = await judge(0.9);
    expect(judged.summary).toContain('within the margin of the promised 0.9 plus 0.09');
    expect(record).toMatchObject({ decayed: false });
  });

  it('counts rows by their weight', async () => {
    const { record } = await judge(0.9, { weight: 'amount' });
    expect(record?.performance?.value).toBeCloseTo(mean(amounts), 6);
    expect(mean(amounts)).not.toBeCloseTo(mean(amounts.map(() => 1)), 2);
  });

  it('cannot be compared where the promoting report does not say what error to expect', async () => {
    const { judged, record } = await judge(null);
    expect(judged).toMatchObject({ verdict: 'inconclusive' });
    expect(judged.summary).toMatch(/^mean absolute error is 0\.\d+, and no evidence says what to expect/);
    expect(record).toMatchObject({ decayed: false, performance: { promised: null, margin: null } });
  });
});
