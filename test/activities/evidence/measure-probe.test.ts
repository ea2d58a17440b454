import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProbes, measureOneProbe } from '../../../activities/evidence/measure-probe.js';
import type { EvidenceServices } from '../../../activities/evidence/evidence-plan.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { ProbeName } from '../../../domain/gates/probes.js';
import { probeOrders, type ProbedOrders } from '../../support/probed-orders.js';

describe('a probe as a step', () => {
  let orders: ProbedOrders;
  beforeAll(async () => {
    orders = await probeOrders(20);
  });
  afterAll(() => orders.remove());

  const measure = (probe: ProbeName, services: EvidenceServices = orders.services) => {
    const { plan, folds, signal, report } = orders.job();
    return measureOneProbe(services, { plan, folds, signal, report, probe });
  };

  it('keeps what it found under its content, so that measuring twice is one file', async () => {
    for (const probe of ['loads', 'quality', 'leakage', 'robustness', 'importance'] as const) {
      const first = await measure(probe);
      expect(await measure(probe)).toEqual(first);
      const { probes } = await loadProbes(orders.services, [first]);
      expect(probes[probe]?.status).toBe('measured');
    }
  });

  it('says of the rows of every fold what their snapshot says', async () => {
    const measured = await measure('quality');
    const { quality } = (await loadProbes(orders.services, [measured])).probes;
    const fold = { rowsFound: 20, quarantined: 0, rows: 20, labelledRows: 20, warnings: [] };
    expect(quality).toEqual({
      status: 'measured',
      facts: { folds: [0, 1, 2].map((index) => ({ fold: index, ...fold })), slices: [] },
    });
  });

  it('is an error of the measurement when it fails for good, and nothing is said of the model', async () => {
    const scorer = {
      ...orders.services.scorer,
      scoreInputs: () => Promise.reject(new PermanentFailure('MODEL_TIMEOUT', 'Scoring took too long.')),
    };
    const measured = await measure('importance', { ...orders.services, scorer });
    const { importance } = (await loadProbes(orders.services, [measured])).probes;
    expect(importance).toEqual({ status: 'error', why: 'Scoring took too long.' });
  });

  it('keeps timings out of what goes into a report, and gives them beside it', async () => {
    const volume = { rows: 9, measuredRows: 9, deadlineMs: 1, memoryMb: 1, inTime: true, inMemory: true };
    const figures = { forecastMs: 12.5, peakMemoryMb: 300 };
    const file = (facts: object) => JSON.stringify({ status: 'measured', facts });
    const { store } = orders.services;
    await store.createIfAbsent('evaluations/new.json', file({ ...volume, figures }));
    await store.createIfAbsent('evaluations/other.json', file({ ...volume, figures: { ...figures, forecastMs: 99 } }));
    const load = (path: string) => loadProbes({ store }, [{ probe: 'volume', path }]);
    const loaded = await load('evaluations/new.json');
    expect(loaded).toMatchObject({ figures, probes: { volume: { status: 'measured' } } });
    expect(JSON.stringify(loaded.probes)).not.toContain('12.5');
    expect((await load('evaluations/other.json')).probes).toEqual(loaded.probes);
  });

  it('is tried again after any other failure', async () => {
    const scorer = { ...orders.services.scorer, scoreInputs: () => Promise.reject(new Error('the process died')) };
    await expect(measure('importance', { ...orders.services, scorer })).rejects.toThrow('the process died');
  });
});
