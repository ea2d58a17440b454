import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureRobustness } from '../../../activities/evidence/probe-robustness.js';
import { aucByHand } from '../../support/auc-by-hand.js';
import { foldDays, probeOrders, dayOfOrders, type ProbedOrders } from '../../support/probed-orders.js';
import { scoreByHand } from '../../support/real-models.js';

describe('robustness', () => {
  let orders: ProbedOrders;
  beforeAll(async () => {
    orders = await probeOrders(40);
  });
  afterAll(() => orders.remove());

  async function variants() {
    const measured = await measureRobustness(orders.services, orders.job());
    if (measured.status !== 'measured') throw new Error(measured.why);
    return measured.facts.variants;
  }

  /** The rows as the model sees them; every colour but blue and red has the code 2. */
  const rows = foldDays
    .flatMap((day) => dayOfOrders(day, 40))
    .map(({ amount, colour, returned }) => {
      const code = ['blue', 'red'].indexOf(colour);
      return { amount: Math.fround(Number(amount)), code: code < 0 ? 2 : code, label: Number(returned) };
    });
  const scores = rows.map(({ amount, code }) => scoreByHand('a', amount, code));

  it('changes all numbers a little, then each feature alone beyond its range, then each alone to missing', async () => {
    const found = await variants();
    expect(found.map(({ kind, feature }) => [kind, feature])).toEqual([
      ['perturbed', null],
      ['out-of-range', 'amount'],
      ['out-of-range', 'colour'],
      ['missing', 'amount'],
      ['missing', 'colour'],
    ]);
    expect(found.map((variant) => variant.rows)).toEqual([120, 120, 120, 120, 120]);
  });

  it('measures what an unseen category does as a calculation by hand does', async () => {
    const unseen = rows.map(({ amount }) => scoreByHand('a', amount, 2));
    const variant = (await variants())[2];
    expect(variant?.badScores).toBe(0);
    expect(variant?.flipShare).toBe(rows.filter((_, row) => isYes(unseen[row]) !== isYes(scores[row])).length / 120);
    expect(variant?.meanShift).toBeCloseTo(mean(unseen) - mean(scores), 6);
    const labels = rows.map(({ label }) => label);
    expect(variant?.loss).toBeCloseTo(
      aucByHand(scores.map(Math.fround), labels) - aucByHand(unseen.map(Math.fround), labels),
      9,
    );
  });

  it('counts scores that are no numbers, and takes their decisions for turned', async () => {
    const missing = (await variants())[3];
    // A logistic regression knows no missing numbers.
    expect(missing).toMatchObject({ feature: 'amount', badScores: 120, flipShare: 1, meanShift: 0, loss: null });
  });

  it('barely notices numbers that are off by one per cent', async () => {
    const [perturbed] = await variants();
    expect(perturbed?.flipShare).toBeLessThan(0.05);
    expect(Math.abs(perturbed?.meanShift ?? 1)).toBeLessThan(0.01);
    expect(perturbed?.meanShift).not.toBe(0);
  });
});

function isYes(score: number | undefined): boolean {
  return (score ?? Number.NaN) >= 0.5;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
