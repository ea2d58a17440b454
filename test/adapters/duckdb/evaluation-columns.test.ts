import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { readParquet } from '../../../adapters/duckdb/sql-text.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import type { SnapshotPurpose } from '../../../domain/snapshot.js';
import { createOrdersWorld, order, ORDERS_SQL, type OrdersWorld } from '../../support/orders.js';

let world: OrdersWorld;
afterEach(() => world.remove());

const ORDERS = [
  order({ id: 'first', day: '2024-01-01' }),
  order({ id: 'a', amount: '2.5', shop: 'south' }),
  order({ id: 'b', amount: '4' }),
  order({ id: 'last', day: '2024-01-09' }),
];

/** Rows count by an SQL expression, and fairness is judged by the shop. */
function judged(weight: string): PipelineDefinition {
  const { dataset, label } = world.definition;
  const sql = ORDERS_SQL.replace('SELECT id', `SELECT ${weight} AS worth, upper(shop) AS region, id`);
  return {
    ...world.definition,
    dataset: { ...dataset, sql, sensitive: ['region'] },
    label: { ...label, weight: 'worth' },
  };
}

async function rowsOf(definition: PipelineDefinition, purpose: SnapshotPurpose) {
  const builder = world.builder();
  const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
  const { digest } = await builder.buildSnapshot({ definition, purpose, window, asOf: '2024-01-20T00:00:00.000Z' });
  const parts = await builder.localParts(await builder.loadSnapshot('orders', digest));
  const settings = { allowed: parts, tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
  const rows = await withDuckDb(settings, (c) => queryRows<object>(c, `SELECT * FROM ${readParquet(parts)}`));
  return { digest, rows };
}

describe('columns that only evaluation sees', () => {
  it('stand in labelled snapshots behind the label', async () => {
    world = await createOrdersWorld(ORDERS);
    const { rows } = await rowsOf(judged('try_cast(amount AS DECIMAL(5, 2)) * 2'), 'labelled');
    expect(rows).toMatchObject([
      { row_key: 'a', label: 0, weight: 5, region: 'SOUTH' },
      { row_key: 'b', label: 0, weight: 8, region: 'NORTH' },
    ]);
  });

  it('are not in scoring snapshots, which stay what they are without them', async () => {
    world = await createOrdersWorld(ORDERS);
    const { rows } = await rowsOf(judged('1'), 'scoring');
    expect(Object.keys(rows[0] ?? {})).toEqual(['row_key', 'entity', 'event_time', 'amount', 'colour']);
  });

  it('make another snapshot of the same rows: an earlier one without them is not taken', async () => {
    world = await createOrdersWorld(ORDERS);
    const without = await rowsOf({ ...judged('1'), label: world.definition.label }, 'labelled');
    const { digest, rows } = await rowsOf(judged('1'), 'labelled');
    expect(digest).not.toBe(without.digest);
    expect(rows[0]).toHaveProperty('weight', 1);
  });

  it.each([
    ['is below zero', `CASE id WHEN 'a' THEN -0.5 ELSE 1 END`],
    ['is missing', `CASE id WHEN 'b' THEN 1 END`],
    ['is no number', `CASE id WHEN 'a' THEN 'nan'::DOUBLE ELSE 1 END`],
    ['is infinite', `CASE id WHEN 'a' THEN 'inf'::DOUBLE ELSE 1 END`],
  ])('are refused where a weight %s', async (_, weight) => {
    world = await createOrdersWorld(ORDERS);
    await expect(rowsOf(judged(weight), 'labelled')).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        {
          field: 'worth',
          found: '1 of 2 rows with another weight',
          expected: 'a finite number of at least 0 in every row',
        },
      ],
    });
  });

  it('have to be columns of the dataset', async () => {
    world = await createOrdersWorld(ORDERS);
    const definition = judged('1');
    const dataset = { ...definition.dataset, sensitive: ['age'] };
    await expect(rowsOf({ ...definition, dataset }, 'labelled')).rejects.toMatchObject({
      problems: [{ field: 'dataset.sql', found: 'no column age' }],
    });
  });
});
