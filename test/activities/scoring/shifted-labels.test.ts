import { afterEach, describe, expect, it } from 'vitest';
import { order } from '../../support/orders.js';
import { ordersAround, RealScoring } from '../../support/real-scoring.js';

let real: RealScoring;
afterEach(() => real.remove());

const inside = [0, 1, 2, 3, 4].map((k) =>
  order({ id: `order-${String(k)}`, amount: String(10 * k), returned: String(k % 2) }),
);

describe('labels that come one step later than they did', () => {
  it('change nothing that is published: scores look at no label', async () => {
    real = await RealScoring.create(ordersAround(inside));
    await real.run('r1');
    const published = scoresOf(await real.rows());
    expect(published).toHaveLength(inside.length);

    // Every order gets the label of the order before it.
    const orders = ordersAround(inside);
    await real.writeOrders(orders.map((each, k) => ({ ...each, returned: orders[k - 1]?.returned ?? '0' })));
    await real.run('r2');
    expect(scoresOf(await real.rows())).toEqual(published);
    expect(await real.problems()).toEqual([]);
  });
});

function scoresOf(files: readonly (readonly Record<string, unknown>[])[]) {
  return files.flat().map(({ row_key, score, decision, model_digest }) => ({ row_key, score, decision, model_digest }));
}
