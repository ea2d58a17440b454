import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleReport } from '../../../activities/evidence/assemble-report.js';
import { probeOrders, type ProbedOrders } from '../../support/probed-orders.js';

const cancelled = new Error('cancelled');

describe('assembling a report that is cancelled', () => {
  let orders: ProbedOrders;
  beforeAll(async () => {
    orders = await probeOrders(40, (definition) => ({
      ...definition,
      gates: [{ check: 'not-worse', metric: 'auc', margin: 0.02, mode: 'enforce' }],
    }));
  });
  afterAll(() => orders.remove());

  /** Reports besides those that the models were promoted on. */
  async function assemble(signal: AbortSignal, whenCompared: () => void = () => undefined) {
    const { services, folds } = orders;
    const before = await services.store.list('reports');
    const { evaluator } = services;
    const compare: typeof evaluator.compare = async (args) => {
      const comparison = await evaluator.compare(args);
      whenCompared();
      return comparison;
    };
    const evidence = { plan: orders.job().plan, folds, probes: [], signal };
    const work = assembleReport({ ...services, evaluator: { ...evaluator, compare } }, evidence);
    return {
      work,
      written: async () => (await services.store.list('reports')).filter((name) => !before.includes(name)),
    };
  }

  it('ends in the comparison with the reason of the signal', async () => {
    const { work, written } = await assemble(AbortSignal.abort(cancelled));
    await expect(work).rejects.toBe(cancelled);
    expect(await written()).toEqual([]);
  });

  it('keeps no report when the cancellation comes after the comparison', async () => {
    const cancellation = new AbortController();
    const { work, written } = await assemble(cancellation.signal, () => {
      cancellation.abort(cancelled);
    });
    await expect(work).rejects.toBe(cancelled);
    expect(await written()).toEqual([]);
  });

  it('keeps the report where nobody cancels, and begins to render it', async () => {
    const { work, written } = await assemble(new AbortController().signal);
    await expect(work).rejects.toThrow('a probe renders nothing');
    expect(await written()).toHaveLength(1);
  });
});
