import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureSkew } from '../../../activities/evidence/probe-skew.js';
import type { EvidencePlan } from '../../../activities/evidence/evidence-plan.js';
import { pipeline } from '../../support/ledger.js';
import { order, type Order } from '../../support/orders.js';
import { dayOfOrders, probeOrders, sourceDays, type ProbedOrders } from '../../support/probed-orders.js';
import { realWindow } from '../../support/real-scoring.js';

describe('training-serving skew', () => {
  let orders: ProbedOrders;
  beforeEach(async () => {
    orders = await probeOrders(30);
  });
  afterEach(() => orders.remove());

  const measure = (changes: Partial<EvidencePlan> = {}) => measureSkew(orders.services, orders.job(changes));

  /** Replaces the orders of the published window. */
  function rewrite(change: (orders: readonly Order[]) => readonly Order[]): Promise<void> {
    const rows = sourceDays.map((day) => (day === realWindow ? change(dayOfOrders(day, 30)) : dayOfOrders(day, 30)));
    return orders.scoring.writeOrders(rows.flat());
  }

  it('has nothing to compare before the first publication, and says so', async () => {
    const why = 'nothing is published yet, so no input was served that could come out otherwise';
    expect(await measure({ champion: null, kind: 'bootstrap' })).toEqual({ status: 'missing', why });
  });

  it('finds no difference when served inputs come out the same, and the same scores on them', async () => {
    await orders.scoring.run('r1');
    expect(await measure()).toEqual({
      status: 'measured',
      facts: {
        windows: 1,
        rows: 30,
        unmatched: 0,
        features: [
          { feature: 'amount', differing: 0 },
          { feature: 'colour', differing: 0 },
        ],
        maxScoreDifference: 0,
        replayedRows: 30,
      },
    });
  });

  it('counts, by feature, the rows that come out otherwise today, and those on one side only', async () => {
    await orders.scoring.run('r1');
    await rewrite(([first, second, third, ...rest]) => [
      ...(first === undefined ? [] : [{ ...first, amount: '7' }]),
      ...(second === undefined ? [] : [{ ...second, colour: 'violet' }]),
      ...(third === undefined ? [] : [{ ...third, colour: 'violet' }]),
      ...rest.slice(1),
      order({ id: 'late', day: realWindow }),
    ]);
    const measured = await measure();
    // Stored inputs stay what they were, and so do the scores on them.
    expect(measured).toMatchObject({ status: 'measured', facts: { rows: 29, unmatched: 2, maxScoreDifference: 0 } });
    expect(measured).toMatchObject({
      facts: {
        features: [
          { feature: 'amount', differing: 1 },
          { feature: 'colour', differing: 2 },
        ],
      },
    });
  });

  it('compares inputs alone where another model served', async () => {
    await orders.scoring.run('r1');
    const measured = await measure({ champion: orders.challenger });
    expect(measured).toMatchObject({ status: 'measured', facts: { windows: 1, maxScoreDifference: null } });
  });

  it('shows scores that the stored inputs do not give', async () => {
    await orders.scoring.run('r1');
    const { scorer } = orders.services;
    // The other model's scores stand in for an engine that computes otherwise.
    const { bundlePath } = await orders.services.bundles.open(orders.challenger.modelDigest);
    const { modelDigest } = orders.challenger;
    const other: typeof scorer = {
      ...scorer,
      score: (request) => scorer.score({ ...request, models: [{ kind: 'onnx', modelDigest, bundlePath }] }),
    };
    const measured = await measureSkew({ ...orders.services, scorer: other }, orders.job());
    if (measured.status !== 'measured') throw new Error(measured.why);
    expect(measured.facts.maxScoreDifference).toBeGreaterThan(0.01);
  });

  it('has nothing to compare when the inputs of every published window are gone', async () => {
    await orders.scoring.run('r1');
    const { files } = await orders.services.table.load(pipeline, 'predictions');
    const folder = path.join(orders.scoring.world.store.root, 'snapshots', pipeline, files[0]?.snapshotDigest ?? '-');
    await rm(folder, { recursive: true });
    expect(await measure()).toEqual({
      status: 'missing',
      why: 'no window published up to 2024-02-08T00:00:00.000Z still has the inputs it was scored on',
    });
  });

  it('looks at no window behind the folds', async () => {
    await orders.scoring.run('r1');
    const folds = [{ index: 0, window: { start: '2024-01-03T00:00:00.000Z', end: '2024-01-04T00:00:00.000Z' } }];
    expect(await measure({ folds })).toMatchObject({ status: 'missing' });
  });
});
