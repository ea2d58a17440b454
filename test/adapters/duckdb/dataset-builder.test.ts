import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../contracts/digest.js';
import type { SnapshotRequest } from '../../../activities/ports/dataset.js';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { readParquet } from '../../../adapters/duckdb/sql-text.js';
import { createOrdersWorld, order, ORDERS_SQL, type Order, type OrdersWorld } from '../../support/orders.js';

let world: OrdersWorld;
afterEach(() => world.remove());

const fifth = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
const edges: readonly Order[] = [order({ id: 'first', day: '2024-01-01' }), order({ id: 'last', day: '2024-01-09' })];

function request(fields: Partial<SnapshotRequest> = {}): SnapshotRequest {
  return {
    definition: world.definition,
    purpose: 'labelled',
    window: fifth,
    asOf: '2024-01-20T00:00:00.000Z',
    ...fields,
  };
}

async function rowsOf(digest: string): Promise<readonly Record<string, unknown>[]> {
  const builder = world.builder();
  const parts = await builder.localParts(await builder.loadSnapshot('orders', digest));
  const settings = { allowed: parts, tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
  return withDuckDb(settings, (connection) => queryRows(connection, `SELECT * FROM ${readParquet(parts)}`));
}

describe('a snapshot', () => {
  it('holds the rows of its window in key order, with the columns of its purpose', async () => {
    const day = new Date('2024-01-05T00:00:00Z');
    world = await createOrdersWorld([
      ...edges,
      order({ id: 'b', amount: '', returned: '1' }),
      order({ id: 'a', shop: 'south', colour: '' }),
      order({ id: 'before', day: '2024-01-04' }),
      order({ id: 'after', day: '2024-01-06' }),
    ]);
    const labelled = await world.builder().buildSnapshot(request());
    expect(labelled).toMatchObject({ rows: 2, labelledRows: 2, window: fifth, purpose: 'labelled' });
    expect(await rowsOf(labelled.digest)).toEqual([
      { row_key: 'a', entity: 'south', event_time: day, amount: 10.5, colour: null, label: 0 },
      { row_key: 'b', entity: 'north', event_time: day, amount: null, colour: 'red', label: 1 },
    ]);
    const scoring = await world.builder().buildSnapshot(request({ purpose: 'scoring' }));
    expect(scoring).toMatchObject({ rows: 2, labelledRows: 0 });
    expect(Object.keys((await rowsOf(scoring.digest))[0] ?? {})).not.toContain('label');
  });

  it('knows a label from the instant it became available, and not before', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a', returned: '1' })]);
    const tooEarly = await world.builder().buildSnapshot(request({ asOf: '2024-01-06T23:59:59.999Z' }));
    expect(await rowsOf(tooEarly.digest)).toMatchObject([{ label: null }]);
    expect(tooEarly.labelledRows).toBe(0);
    const inTime = await world.builder().buildSnapshot(request({ asOf: '2024-01-07T00:00:00.000Z' }));
    expect(await rowsOf(inTime.digest)).toMatchObject([{ label: 1 }]);
  });

  it('is the sha256 of its manifest, and names the hash and rows of every part', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const { digest } = await world.builder().buildSnapshot(request());
    const folder = path.join(world.store.root, 'snapshots', 'orders', digest);
    expect(sha256Hex(await readFile(path.join(folder, 'manifest.json')))).toBe(digest);
    const manifest = await world.builder().loadSnapshot('orders', digest);
    expect(manifest.parts).toHaveLength(1);
    expect(manifest.parts[0]).toMatchObject({
      path: `snapshots/orders/${digest}/part-00000.parquet`,
      sha256: sha256Hex(await readFile(path.join(folder, 'part-00000.parquet'))),
      rows: 1,
    });
    expect(manifest.sources).toMatchObject([{ name: 'orders', sha256: sha256Hex(await readFile(world.sourcePath)) }]);
  });

  it('is empty, not an error, when a covered window has no rows', async () => {
    world = await createOrdersWorld(edges);
    const empty = await world.builder().buildSnapshot(request());
    expect(empty.rows).toBe(0);
    expect(await rowsOf(empty.digest)).toEqual([]);
  });
});

describe('the same inputs', () => {
  const orders = Array.from({ length: 3000 }, (_, k) =>
    order({ id: `k${String((k * 7919) % 3000)}`, amount: String(k / 7) }),
  );

  it('give the same bytes in another store, with other threads, and however instants are written', async () => {
    world = await createOrdersWorld([...edges, ...orders]);
    const first = await world.builder(1).buildSnapshot(request());
    const other = await createOrdersWorld([...edges, ...orders]);
    try {
      const window = { start: '2024-01-05', end: '2024-01-06T00:00:00Z' };
      const again = { ...request({ window, asOf: '2024-01-20' }), definition: other.definition };
      expect((await other.builder(2).buildSnapshot(again)).digest).toBe(first.digest);
    } finally {
      await other.remove();
    }
  });

  it('have the same logical digest when only the order of the source differs, another one when a value does', async () => {
    world = await createOrdersWorld([...edges, ...orders]);
    const logical = async () => {
      const builder = world.builder();
      const { digest } = await builder.buildSnapshot(request());
      return (await builder.loadSnapshot('orders', digest)).logicalDigest;
    };
    const original = await logical();
    await world.writeOrders([...edges, ...orders.toReversed()]);
    expect(await logical()).toBe(original);
    await world.writeOrders([...edges, ...orders.slice(1), { ...orders[0], colour: 'blue' } as Order]);
    expect(await logical()).not.toBe(original);
  });

  it('are found again instead of being built again, and rebuilt when a part is gone', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const first = await world.builder().buildSnapshot(request());
    expect(await world.builder().buildSnapshot(request())).toEqual(first);
    const part = path.join(world.store.root, 'snapshots', 'orders', first.digest, 'part-00000.parquet');
    await rm(part);
    expect(await world.builder().buildSnapshot(request())).toEqual(first);
    expect((await readFile(part)).length).toBeGreaterThan(0);
  });
});

describe('rows that cannot be used', () => {
  it('stop the build with every fault counted, and leave no snapshot', async () => {
    world = await createOrdersWorld([
      ...edges,
      order({ id: 'a' }),
      order({ id: 'a', returned: '2' }),
      order({ id: '', shop: '' }),
    ]);
    const failure = world.builder().buildSnapshot(request());
    await expect(failure).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        { field: 'id', found: '1 of 3 rows without a key', expected: 'a key in every row' },
        { field: 'id', found: '1 key is on 2 of 3 rows, for example "a"', expected: 'a key that names one row' },
        { field: 'shop', found: '1 of 3 rows without an entity', expected: 'an entity in every row' },
        { field: 'returned', found: '1 of 3 rows with another label', expected: '0, 1 or NULL in every row' },
      ],
    });
    expect(await world.store.list('snapshots/orders')).toEqual([]);
  });

  it('have keys that repeat, counted as keys and as rows, with the first of them', async () => {
    const ids = ['c', 'b', 'c', 'a', 'b', 'c'];
    world = await createOrdersWorld([...edges, ...ids.map((id) => order({ id }))]);
    await expect(world.builder().buildSnapshot(request())).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'id', found: '2 keys are on 5 of 6 rows, for example "b"' }],
    });
  });

  it('have no event time', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a', day: '' })]);
    const sql = ORDERS_SQL.replace(/WHERE[^]*$/, '');
    const definition = { ...world.definition, dataset: { ...world.definition.dataset, sql } };
    await expect(world.builder().buildSnapshot(request({ definition }))).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'day', found: '1 of 1 rows without an event time' }],
    });
  });

  it('are left out and counted when a number is not finite', async () => {
    world = await createOrdersWorld([
      ...edges,
      order({ id: 'a', amount: 'inf' }),
      order({ id: 'b' }),
      order({ id: 'c', amount: 'nan' }),
    ]);
    const audit = { ...world.definition.audit, maxQuarantineShare: 2 / 3 };
    const ref = await world.builder().buildSnapshot(request({ definition: { ...world.definition, audit } }));
    expect(await rowsOf(ref.digest)).toMatchObject([{ row_key: 'b' }]);
    expect(await world.builder().loadSnapshot('orders', ref.digest)).toMatchObject({
      rowsFound: 3,
      rows: 1,
      quarantined: 2,
      quarantine: { rows: 2, reasons: { 'finite(amount)': 2 } },
    });
  });
});

describe('a window that the sources do not reach', () => {
  it.each([
    ['2024-01-10T00:00:00.000Z', '2024-01-11T00:00:00.000Z'],
    ['2023-12-31T00:00:00.000Z', '2024-01-01T00:00:00.000Z'],
    ['2024-01-05T00:00:00.000Z', '2024-01-12T00:00:00.000Z'],
  ])('is refused: %s to %s', async (start, end) => {
    world = await createOrdersWorld(edges);
    await expect(world.builder().buildSnapshot(request({ window: { start, end } }))).rejects.toMatchObject({
      type: 'WINDOW_BEYOND_COVERAGE',
      problems: [{ expected: 'a window between 2024-01-01T00:00:00.000Z and 2024-01-09T00:00:00.000Z' }],
    });
  });

  it('is accepted up to the last day that has rows', async () => {
    world = await createOrdersWorld(edges);
    const window = { start: '2024-01-01T00:00:00.000Z', end: '2024-01-10T00:00:00.000Z' };
    expect((await world.builder().buildSnapshot(request({ window }))).rows).toBe(2);
    expect(await world.builder().coverage(world.definition)).toEqual({
      first: '2024-01-01T00:00:00.000Z',
      last: '2024-01-09T00:00:00.000Z',
    });
  });

  it('is every window when the sources are empty', async () => {
    world = await createOrdersWorld([]);
    const coverage = "SELECT NULL::TIMESTAMP AS first, NULL::TIMESTAMP AS last WHERE 'x' = 'x'";
    const definition = { ...world.definition, dataset: { ...world.definition.dataset, coverage } };
    expect(await world.builder().coverage(definition)).toBeNull();
    await expect(world.builder().buildSnapshot(request({ definition }))).rejects.toMatchObject({
      type: 'WINDOW_BEYOND_COVERAGE',
    });
  });
});

describe('a source', () => {
  it('that is missing is named', async () => {
    world = await createOrdersWorld(edges);
    await rm(world.sourcePath);
    await expect(world.builder().buildSnapshot(request())).rejects.toMatchObject({
      type: 'SOURCE_MISSING',
      problems: [{ field: 'dataset.sources.orders' }],
    });
  });

  it('that changed gives another snapshot, also to a builder that had read it before', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const builder = world.builder();
    const before = await builder.buildSnapshot(request());
    await writeFile(world.sourcePath, (await readFile(world.sourcePath, 'utf8')).replace('red', 'blu'));
    const after = await builder.buildSnapshot(request());
    expect(after.digest).not.toBe(before.digest);
  });
});

describe("the dataset's SQL", () => {
  it.each([
    ['two statements', 'SELECT 1; SELECT 2', '2 statements'],
    ['a statement that changes something', 'CREATE TABLE x AS SELECT 1', 'a CREATE statement'],
    ['a COPY', "COPY (SELECT 1) TO 'x.csv'", 'Permission'],
    ['a syntax error', 'SELEC 1', 'syntax error'],
    ['another table', 'SELECT * FROM customers', 'customers'],
    ['a file', "SELECT * FROM read_csv('/etc/passwd')", 'read_csv()'],
    ['a parameter nobody knows', 'SELECT $horizon AS id', '$horizon'],
    ['a missing column', 'SELECT id, shop, day FROM orders', 'no column returned, known_at, amount, colour'],
  ])('may not be %s', async (_, sql, found) => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const definition = { ...world.definition, dataset: { ...world.definition.dataset, sql } };
    await expect(world.builder().buildSnapshot(request({ definition }))).rejects.toMatchObject({
      type: 'INVALID_SQL',
      problems: [{ field: 'dataset.sql', found: expect.stringContaining(found) as string }],
    });
  });

  it('that meets a value it cannot convert says which', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a', amount: 'ten' })]);
    const sql = ORDERS_SQL.replace('try_cast(amount AS DOUBLE)', 'amount::DOUBLE');
    const definition = { ...world.definition, dataset: { ...world.definition.dataset, sql } };
    await expect(world.builder().buildSnapshot(request({ definition }))).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ found: expect.stringContaining("'ten'") as string }],
    });
  });

  it('may end in a semicolon', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const sql = `${ORDERS_SQL};\n`;
    const definition = { ...world.definition, dataset: { ...world.definition.dataset, sql } };
    expect((await world.builder().buildSnapshot(request({ definition }))).rows).toBe(1);
  });

  it('that does not look at the window still gives no rows outside it', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const sql = ORDERS_SQL.replace(/WHERE[^]*$/, '');
    const definition = { ...world.definition, dataset: { ...world.definition.dataset, sql } };
    expect((await world.builder().buildSnapshot(request({ definition }))).rows).toBe(1);
  });
});
