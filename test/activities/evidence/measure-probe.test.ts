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
      const loaded = await loadProbes(orders.services, [first]);
      expect(loaded[probe]?.status).toBe('measured');
    }
  });

  it('says of the rows of every fold what their snapshot says', async () => {
    const measured = await measure('quality');
    const { quality } = await loadProbes(orders.services, [measured]);
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
    const { importance } = await loadProbes(orders.services, [measured]);
    expect(importance).toEqual({ status: 'error', why: 'Scoring took too long.' });
  });

  it('is tried again after any other failure', async () => {
    const scorer = { ...orders.services.scorer, scoreInputs: () => Promise.reject(new Error('the process died')) };
    await expect(measure('importance', { ...orders.services, scorer })).rejects.toThrow('the process died');
  });
});
