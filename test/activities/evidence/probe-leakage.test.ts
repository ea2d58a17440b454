import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureLeakage } from '../../../activities/evidence/probe-leakage.js';
import type { LeakageFacts } from '../../../domain/gates/probes.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import { aucByHand } from '../../support/auc-by-hand.js';
import { dayOfOrders, foldDays, probeOrders, withManifest, type ProbedOrders } from '../../support/probed-orders.js';
import { scoreByHand } from '../../support/real-models.js';

/** Of the amount only what is known when the order's day begins, and features that nobody should use. */
function leaky(definition: PipelineDefinition): PipelineDefinition {
  const { dataset } = definition;
  const sql = dataset.sql
    .replace(
      'try_cast(amount AS DOUBLE) AS amount',
      'CASE WHEN day <= $as_of THEN try_cast(amount AS DOUBLE) ELSE 0 END AS amount',
    )
    .replace(
      'FROM orders',
      `, try_cast(returned AS INTEGER) AS outcome, if(returned = 1, 'back', 'kept') AS state, id AS number FROM orders`,
    );
  const more = [
    { name: 'outcome', kind: 'numeric' },
    { name: 'state', kind: 'categorical' },
    { name: 'number', kind: 'categorical' },
  ] as const;
  return { ...definition, dataset: { ...dataset, sql, features: [...dataset.features, ...more] } };
}

describe('leakage', () => {
  let orders: ProbedOrders;
  let facts: LeakageFacts;
  beforeAll(async () => {
    orders = await probeOrders(50, leaky);
    facts = await measure();
  });
  afterAll(() => orders.remove());

  async function measure(services = orders.services): Promise<LeakageFacts> {
    const measured = await measureLeakage(services, orders.job());
    if (measured.status !== 'measured') throw new Error(measured.why);
    return measured.facts;
  }

  const rowsOf = (days: readonly string[]) =>
    days
      .flatMap((day) => dayOfOrders(day, 50))
      .map(({ amount, colour, returned }) => {
        const code = ['blue', 'red'].indexOf(colour);
        return { amount: Number(amount), code: code < 0 ? 2 : code, label: Number(returned) };
      });

  it('says when the challenger was shaped, when the folds begin and what has to lie between', () => {
    expect(facts).toMatchObject({
      shapedUntil: '2001-02-05T00:00:00Z',
      firstFoldStart: '2024-02-05T00:00:00.000Z',
      requiredGapMs: 86_400_000,
    });
  });

  it('knows nothing of shared keys once the training snapshot is gone', () => {
    expect(facts.sharedKeys).toBeNull();
  });

  it('counts the keys that the challenger was trained on', async () => {
    const trainingSnapshotDigest = orders.folds[1]?.snapshotDigest ?? '';
    expect((await measure(withManifest(orders.services, { trainingSnapshotDigest }))).sharedKeys).toBe(50);
  });

  it('takes the training of a shared model from its own ledger where the bundle tells of another pipeline', async () => {
    const { models } = await orders.scoring.world.state();
    const { validationWindow } = models.get(orders.challenger.modelDigest) ?? {};
    const shared = await measure(withManifest(orders.services, { pipeline: 'trains' }));
    expect(shared).toMatchObject({ sharedKeys: 0, shapedUntil: validationWindow?.end });
  });

  it('names the feature that is the label', () => {
    expect(facts.labelColumns).toEqual(['outcome']);
  });

  it('ranks rows by each feature alone, turned so that a proxy is near one whichever way it points', () => {
    const rows = rowsOf(foldDays);
    const labels = rows.map(({ label }) => label);
    const byAmount = aucByHand(
      rows.map(({ amount }) => amount),
      labels,
    );
    const found = new Map(facts.singleFeatures.map(({ feature, auc }) => [feature, auc]));
    expect(found.get('amount')).toBeCloseTo(Math.max(byAmount, 1 - byAmount), 12);
    expect(found.get('outcome')).toBe(1);
    // A category that says it in words.
    expect(found.get('state')).toBe(1);
    // A row's own label is no part of what its category is known for.
    expect(found.get('number')).toBe(0.5);
    expect(facts.singleFeatures.map(({ rows: count }) => count)).toEqual([150, 150, 150, 150, 150]);
  });

  it('scores the last fold again with features that know one window less', () => {
    const rows = rowsOf(foldDays.slice(-1));
    const labels = rows.map(({ label }) => label);
    const auc = (amountOf: (amount: number) => number) =>
      aucByHand(
        rows.map(({ amount, code }) => Math.fround(scoreByHand('a', amountOf(amount), code))),
        labels,
      );
    expect(facts.lag?.rows).toBe(50);
    expect(facts.lag?.auc).toBeCloseTo(
      auc((amount) => amount),
      9,
    );
    expect(facts.lag?.laggedAuc).toBeCloseTo(
      auc(() => 0),
      9,
    );
  });
});
