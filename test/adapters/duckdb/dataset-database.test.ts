import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotRequest } from '../../../activities/ports/dataset.js';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { readParquet } from '../../../adapters/duckdb/sql-text.js';
import type { DatasetDefinition, SourceDefinition } from '../../../domain/pipeline-definition.js';
import type { SnapshotRef } from '../../../domain/snapshot.js';
import { createOrdersWorld, order, type OrdersWorld } from '../../support/orders.js';

const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
const ROW_KEYS = `
  SELECT source_digest[1:12] || ':' || file_row_number AS id, shop, day, amount, colour, returned,
         day + INTERVAL 2 DAY AS known_at
  FROM orders WHERE day >= $window_start AND day < $window_end`;
const [EDGES, PLAIN] = [
  [order({ id: 'x', day: '2024-01-01' }), order({ id: 'z', day: '2024-01-09' })],
  order({ id: 'a' }),
];

let world: OrdersWorld;
let data: string;
beforeEach(async () => {
  world = await createOrdersWorld([...EDGES, PLAIN]);
  data = path.join(world.root, 'data');
});
afterEach(() => world.remove());

function request(source: SourceDefinition, dataset: Partial<DatasetDefinition> = {}): SnapshotRequest {
  const definition = {
    ...world.definition,
    dataset: { ...world.definition.dataset, sources: { orders: source }, ...dataset },
  };
  return { definition, purpose: 'scoring', window, asOf: '2024-01-20T00:00:00.000Z' };
}

const build = (source: SourceDefinition, dataset?: Partial<DatasetDefinition>) =>
  world.builder().buildSnapshot(request(source, dataset));

async function rowsOf({ digest }: SnapshotRef): Promise<readonly Record<string, unknown>[]> {
  const builder = world.builder();
  const parts = await builder.localParts(await builder.loadSnapshot('orders', digest));
  const settings = { allowed: parts, tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
  return withDuckDb(settings, (connection) => queryRows(connection, `SELECT * FROM ${readParquet(parts)}`));
}

describe('a source that is a DuckDB file', () => {
  const file = () => path.join(data, 'orders.duckdb');
  const source = (table = 'main.orders'): SourceDefinition => ({ path: file(), format: 'duckdb', table });
  const inFile = async (sql: string) => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(file());
    const connection = await instance.connect();
    await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
  };
  const fill = () =>
    inFile(`CREATE SCHEMA s; CREATE VIEW peek AS SELECT 1 AS id;
            CREATE TABLE orders AS SELECT * FROM read_csv('${world.sourcePath}')`);

  it('gives the rows of a table, and stays as it is', async () => {
    await fill();
    const before = await readFile(file());
    const ref = await build(source());
    expect(await rowsOf(ref)).toMatchObject([{ row_key: 'a', amount: 10.5 }]);
    expect(await readFile(file())).toEqual(before);
    await build(source('orders'), { sql: ROW_KEYS });
  });

  it('is another source when a row is added', async () => {
    await fill();
    const before = await build(source());
    await inFile("INSERT INTO orders SELECT * REPLACE ('b' AS id) FROM orders WHERE id = 'a'");
    expect((await build(source())).rows).toBe(before.rows + 1);
  });

  it('names its tables when it does not have the one that is asked for; a view is none', async () => {
    await fill();
    for (const table of ['main.customers', 'main.peek']) {
      await expect(build(source(table))).rejects.toMatchObject({
        type: 'SOURCE_MISSING',
        problems: [{ field: 'dataset.sources.orders.table', found: table, expected: 'one of its tables main.orders' }],
      });
    }
  });

  it('cannot be reached by a name of its own', async () => {
    await fill();
    const sql = 'SELECT * FROM "source of orders".main.orders';
    await expect(build(source(), { sql })).rejects.toMatchObject({ type: 'INVALID_SQL' });
  });

  it.each([
    ['is no database', () => Promise.resolve(Buffer.from('text'.repeat(4000)))],
    ['is cut short', async () => (await readFile(file())).subarray(0, 5000)],
    [
      'has flipped bytes',
      async () => {
        const bytes = await readFile(file());
        for (let at = 12_300; at < bytes.length; at += 997) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
        return bytes;
      },
    ],
  ])('is named as damaged when it %s', async (_, bytes) => {
    await fill();
    await writeFile(file(), await bytes());
    await expect(build(source())).rejects.toMatchObject({
      type: 'SOURCE_CORRUPT',
      problems: [{ found: expect.stringContaining('orders.duckdb') as string }],
    });
  });
});
