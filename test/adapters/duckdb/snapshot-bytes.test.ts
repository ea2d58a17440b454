import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceDefinition } from '../../../domain/pipeline-definition.js';
import { createOrdersWorld, type OrdersWorld } from '../../support/orders.js';
import { runSql } from '../../support/parquet.js';

const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };

/** Sums of doubles and a value of whichever row comes first: both differ from run to run on several threads. */
const SQL = `
  WITH shops AS (SELECT shop, avg(amount) AS mean, any_value(colour) AS hue FROM orders GROUP BY shop)
  SELECT id, shop, day, amount / mean AS amount, hue AS colour, returned, day AS known_at
  FROM orders JOIN shops USING (shop) WHERE day >= $window_start AND day < $window_end`;

describe('a snapshot of a large window', () => {
  let world: OrdersWorld;
  let source: SourceDefinition;
  beforeAll(async () => {
    world = await createOrdersWorld([]);
    const folder = path.join(world.root, 'data');
    source = { path: path.join(folder, '*.parquet'), format: 'parquet' };
    for (const k of [2, 1]) {
      await runSql(
        `COPY (SELECT md5((r * ${String(k)})::VARCHAR) || ${String(k)} AS id, 's' || r % 7 AS shop, r % 2 AS returned,
                      TIMESTAMP '2024-01-05' AS day, sqrt(r * 0.1) AS amount, 'c' || r % 11 AS colour
               FROM range(300000) t(r)) TO '${path.join(folder, `${String(k)}.parquet`)}' (FORMAT parquet)`,
      );
    }
  });
  afterAll(() => world.remove());

  const build = async (threads: number) => {
    const other = await createOrdersWorld([]);
    try {
      const definition = {
        ...world.definition,
        dataset: { ...world.definition.dataset, sql: SQL, sources: { orders: source } },
      };
      const asOf = '2024-01-06T00:00:00.000Z';
      const builder = other.builder(threads);
      const { digest } = await builder.buildSnapshot({ definition, purpose: 'labelled', window, asOf });
      return await builder.loadSnapshot('orders', digest);
    } finally {
      await other.remove();
    }
  };

  it('has the same bytes on one thread and on two, also where its SQL depends on the order of rows', async () => {
    const [one, two] = [await build(1), await build(2)];
    expect(one.rows).toBe(600_000);
    expect(one.parts.map((part) => part.rows)).toEqual([500_000, 100_000]);
    expect(two).toEqual(one);
  });
});
