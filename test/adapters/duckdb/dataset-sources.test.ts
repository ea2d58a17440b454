import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../activities/ports/store.js';
import type { SnapshotRequest } from '../../../activities/ports/dataset.js';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { DuckDbDatasetBuilder } from '../../../adapters/duckdb/dataset-builder.js';
import { readParquet } from '../../../adapters/duckdb/sql-text.js';
import { openStore } from '../../../adapters/store/open-store.js';
import type { RemoteSources } from '../../../adapters/sources/remote-sources.js';
import type { DatasetDefinition, SourceDefinition } from '../../../domain/pipeline-definition.js';
import type { SnapshotRef } from '../../../domain/snapshot.js';
import { createOrdersWorld, order, ordersCsv, type OrdersWorld } from '../../support/orders.js';
import { runSql } from '../../support/parquet.js';

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

/** Writes orders of given days to Parquet; `columns` is what stands after the first three. */
async function writeDays(
  file: string,
  days: readonly string[],
  columns = "10.5 AS amount, 'red' AS colour, 0 AS returned",
) {
  await mkdir(path.dirname(path.join(data, file)), { recursive: true });
  const rows = days.map((day, index) => `('k${String(index)}', DATE '${day}')`).join(', ');
  await runSql(
    `COPY (SELECT id, 'north' AS shop, day, ${columns} FROM (VALUES ${rows}) t(id, day))
     TO '${path.join(data, file)}' (FORMAT parquet)`,
  );
}

const DAYS = ['2024-01-01', '2024-01-05', '2024-01-05', '2024-01-09'];
const parquet = (below: string): SourceDefinition => ({ path: path.join(data, below), format: 'parquet' });

describe('a source of Parquet files', () => {
  it('names a row by the digest of its file and its number in it', async () => {
    await writeDays('1.parquet', DAYS);
    await writeDays('2.parquet', ['2024-01-05', '2024-01-06']);
    const source = parquet('*.parquet');
    const ref = await build(source, { sql: ROW_KEYS });
    const manifest = await world.builder().loadSnapshot('orders', ref.digest);
    const [first, second] = manifest.sourceFiles?.[0]?.files ?? [];
    expect(manifest.sourceFiles).toMatchObject([{ source: 'orders', count: 2 }]);
    expect((await rowsOf(ref)).map((row) => row['row_key'])).toEqual(
      [
        `${first?.sha256.slice(0, 12) ?? ''}:1`,
        `${first?.sha256.slice(0, 12) ?? ''}:2`,
        `${second?.sha256.slice(0, 12) ?? ''}:0`,
      ].sort(),
    );
  });

  it('in folders of partitions has their values as typed columns', async () => {
    await writeDays('lake/region=north/month=1/a.parquet', DAYS);
    await writeDays('lake/region=n%20e/month=2/a.parquet', DAYS);
    await writeDays('lake/region=__HIVE_DEFAULT_PARTITION__/month=3/a.parquet', DAYS);
    const sql = `SELECT source_file || file_row_number AS id, shop, day, month + 0.5 AS amount, region AS colour, returned,
                        day AS known_at FROM orders WHERE day = $window_start AND month < 4`;
    const ref = await build(parquet('lake'), { sql });
    const rows = (await rowsOf(ref)).map((row) => [row['amount'], row['colour']]);
    expect(rows.sort()).toEqual(
      [
        [1.5, 'north'],
        [1.5, 'north'],
        [2.5, 'n e'],
        [2.5, 'n e'],
        [3.5, null],
        [3.5, null],
      ].sort(),
    );
  });

  it('has partitions that are typed as declared, also in a cache with names of its own', async () => {
    await writeDays('lake/day_of=2024-01-05/a.parquet', DAYS);
    await copyFile(path.join(data, 'lake/day_of=2024-01-05/a.parquet'), path.join(data, 'cached'));
    const remote: RemoteSources = {
      resolve: () =>
        Promise.resolve([
          {
            url: 's3://b/lake/day_of=2024-01-05/a.parquet',
            localPath: path.join(data, 'cached'),
            bytes: 1,
            version: 'v',
          },
        ]),
    };
    const sql = `SELECT id || file_row_number AS id, shop, day, length(day_of) AS amount, day_of AS colour, returned,
                        day AS known_at FROM orders WHERE day = $window_start`;
    const columns = { day_of: 'VARCHAR' };
    const local = await build({ ...parquet('lake'), columns }, { sql });
    const builder = new DuckDbDatasetBuilder({
      store: world.store,
      tempDirectory: path.join(world.root, 'spill'),
      threads: 1,
      memoryLimitMb: 128,
      remote,
    });
    expect(await rowsOf(local)).toMatchObject([{ amount: 10 }, { amount: 10 }]);
    const far = request({ path: 's3://b/lake/', format: 'parquet', columns }, { sql });
    expect((await builder.buildSnapshot(far)).digest).toBe(local.digest);
  });

  it('that do not have the same columns is refused with the file and the column', async () => {
    await writeDays('1.parquet', DAYS);
    await writeDays('2.parquet', DAYS, "'10' AS amount, 'red' AS colour, 0 AS returned, 1 AS extra");
    await expect(build(parquet('*.parquet'))).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        { field: 'dataset.sources.orders', found: expect.stringMatching(/^amount VARCHAR in .*2\.parquet$/) as string },
        { found: expect.stringMatching(/^extra INTEGER in .*2\.parquet$/) as string },
      ],
    });
  });

  it('may have them in another order', async () => {
    await writeDays('1.parquet', DAYS);
    await writeDays('2.parquet', ['2024-01-05'], "0 AS returned, 'blue' AS colour, 10.5 AS amount");
    const ref = await build(parquet('*.parquet'), { sql: ROW_KEYS });
    expect((await rowsOf(ref)).map((row) => row['colour']).sort()).toEqual(['blue', 'red', 'red']);
  });

  it('is refused when it has a column of a name that Gauntlet adds', async () => {
    await writeDays('1.parquet', DAYS, "1 AS amount, 'red' AS colour, 0 AS returned, 'x' AS source_digest");
    await expect(build(parquet('1.parquet'))).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ found: 'a column source_digest' }],
    });
  });
});

describe('a damaged source', () => {
  const damage = async (change: (bytes: Buffer) => Buffer) => {
    await writeDays(
      '1.parquet',
      Array.from({ length: 500 }, () => '2024-01-05'),
    );
    await writeFile(path.join(data, '2.parquet'), change(await readFile(path.join(data, '1.parquet'))));
  };
  const flipped = (bytes: Buffer, from: number, to: number) => {
    for (let at = from; at < to; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0xa5;
    return bytes;
  };

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
    ['empty', () => Buffer.alloc(0)],
    ['of another format', () => Buffer.from('id,shop\n1,2\n'.repeat(50))],
    ['with flipped bytes in its footer', (bytes: Buffer) => flipped(bytes, bytes.length - 300, bytes.length - 200)],
    [
      'with flipped bytes in its pages',
      (bytes: Buffer) => flipped(bytes, 4, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)),
    ],
  ])('is named: %s', async (_, change) => {
    await damage(change);
    for (const below of ['2.parquet', '*.parquet']) {
      await expect(build(parquet(below), { sql: ROW_KEYS })).rejects.toMatchObject({
        type: 'SOURCE_CORRUPT',
        problems: [{ field: 'dataset.sources.orders', found: expect.stringContaining('2.parquet') as string }],
      });
    }
    expect(await world.store.list('snapshots/orders')).toEqual([]);
  });
});

describe('a source of text', () => {
  it('is a glob of files that count their own rows', async () => {
    await writeFile(path.join(data, '1.csv'), ordersCsv([...EDGES, PLAIN]));
    await writeFile(path.join(data, '2.csv'), ordersCsv([order({ id: 'b', colour: 'blue' })]));
    await writeFile(path.join(data, '3.csv'), ordersCsv([]));
    const source: SourceDefinition = { path: path.join(data, '?.csv'), format: 'csv' };
    const sql = ROW_KEYS.replace('source_digest[1:12]', 'source_file');
    expect((await rowsOf(await build(source, { sql }))).map((row) => row['row_key'])).toEqual(['1.csv:2', '2.csv:0']);
  });

  it('whose types are guessed differently is refused, and read once they are declared', async () => {
    await writeFile(path.join(data, '1.csv'), ordersCsv([...EDGES, order({ id: '1' })]));
    await writeFile(path.join(data, '2.csv'), ordersCsv([order({ id: 'b', amount: 'ten' })]));
    const source: SourceDefinition = { path: path.join(data, '?.csv'), format: 'csv' };
    await expect(build(source)).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        {
          found: 'amount VARCHAR in 2.csv',
          expected: expect.stringContaining("columns: { amount: 'VARCHAR' }") as string,
        },
      ],
    });
    const declared = await build({ ...source, columns: { amount: 'VARCHAR' } });
    expect(await rowsOf(declared)).toMatchObject([{ amount: 10.5 }, { amount: null }]);
  });

  it('with a value that is not of its declared type says which', async () => {
    await writeFile(path.join(data, '1.csv'), ordersCsv([...EDGES, order({ id: 'b', amount: 'ten' })]));
    const source: SourceDefinition = { path: path.join(data, '1.csv'), format: 'csv', columns: { amount: 'DOUBLE' } };
    await expect(build(source)).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ found: expect.stringContaining('amount') as string }],
    });
  });
});

describe('the schema of a source', () => {
  const columns = "10.5 AS amount, 'red' AS colour, 0 AS returned";
  const sql = ROW_KEYS;

  it('may grow, which is noted; may be reordered, which is not', async () => {
    await writeDays('1.parquet', DAYS);
    expect((await build(parquet('1.parquet'), { sql })).warnings).toBeUndefined();
    await writeDays('1.parquet', DAYS, "0 AS returned, 'red' AS colour, 10.5 AS amount");
    expect((await build(parquet('1.parquet'), { sql })).warnings).toBeUndefined();
    await writeDays('1.parquet', DAYS, `${columns}, 1 AS wind`);
    const ref = await build(parquet('1.parquet'), { sql });
    expect(ref.warnings).toEqual(['source orders has a new column wind INTEGER']);
    expect((await build(parquet('1.parquet'), { sql })).warnings).toEqual(ref.warnings);
  });

  it('that has grown gives the snapshot that a store without its history gives', async () => {
    await writeDays('1.parquet', DAYS);
    await build(parquet('1.parquet'), { sql });
    await writeDays('1.parquet', DAYS, `${columns}, 1 AS wind`);
    const grown = await build(parquet('1.parquet'), { sql });
    const store = await openStore(path.join(world.root, 'other'));
    const settings = { store, tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
    const first = await new DuckDbDatasetBuilder(settings).buildSnapshot(request(parquet('1.parquet'), { sql }));
    expect([grown.warnings?.length, first.warnings]).toEqual([1, undefined]);
    expect(first.digest).toBe(grown.digest);
  });

  it('may not lose a column or change its type, also one that nothing uses, until the dataset changes', async () => {
    await writeDays('1.parquet', DAYS, `${columns}, 1 AS wind`);
    await build(parquet('1.parquet'), { sql });
    await writeDays('1.parquet', DAYS, "10 AS amount, 'red' AS colour, 0 AS returned");
    await expect(build(parquet('1.parquet'), { sql })).rejects.toMatchObject({
      type: 'SCHEMA_CHANGED',
      problems: [
        { field: 'dataset.sources.orders.amount', found: 'INTEGER', expected: 'DECIMAL(3,1), as accepted' },
        { field: 'dataset.sources.orders.wind', found: 'no such column', expected: 'INTEGER, as accepted' },
      ],
    });
    await expect(build(parquet('1.parquet'), { sql: `${sql} -- amounts are whole` })).resolves.toMatchObject({
      rows: 2,
    });
  });
});

describe('a source that changes while it is read', () => {
  /** Replaces the source whenever the store is asked for a place to write to, as often as it is told. */
  function disturbedBuilder(times: number, replace: (time: number) => Promise<unknown>): DuckDbDatasetBuilder {
    let left = times;
    const { store: real } = world;
    const store: Store = {
      createIfAbsent: (file, bytes) => real.createIfAbsent(file, bytes),
      read: (file) => real.read(file),
      list: (folder) => real.list(folder),
      adopt: (staged, name) => real.adopt(staged, name),
      localPath: (file) => real.localPath(file),
      remove: (file) => real.remove(file),
      listRecursive: (folder) => real.listRecursive(folder),
      stage: async (purpose, extension) => {
        if (left > 0) await replace(left--);
        return real.stage(purpose, extension);
      },
    };
    const tempDirectory = path.join(world.root, 'spill');
    return new DuckDbDatasetBuilder({ store, tempDirectory, threads: 1, memoryLimitMb: 128 });
  }

  const replaceWith = async (colour: string) => {
    await writeFile(`${world.sourcePath}.new`, ordersCsv([...EDGES, order({ id: 'a', colour })]));
    await rename(`${world.sourcePath}.new`, world.sourcePath);
  };

  it('is read again, and gives the snapshot of what it became', async () => {
    const source = world.definition.dataset.sources['orders'] as SourceDefinition;
    const ref = await disturbedBuilder(1, () => replaceWith('blue')).buildSnapshot(request(source));
    expect(await rowsOf(ref)).toMatchObject([{ colour: 'blue' }]);
    expect(ref.digest).toBe((await build(source)).digest);
  });

  it('is given up when it never rests, and leaves nothing', async () => {
    const source = world.definition.dataset.sources['orders'] as SourceDefinition;
    const builder = disturbedBuilder(99, (time) => replaceWith(`c${String(time)}`));
    await expect(builder.buildSnapshot(request(source))).rejects.toMatchObject({
      type: 'SOURCE_CHANGED',
      message: expect.stringContaining('3 times in a row') as string,
      problems: [{ field: 'dataset.sources.orders', found: `another ${world.sourcePath}` }],
    });
    expect(await world.store.list('snapshots/orders')).toEqual([]);
  });

  it('is told from a damaged one: a half-written file that is whole a moment later is read', async () => {
    await writeDays('1.parquet', DAYS);
    const whole = await readFile(path.join(data, '1.parquet'));
    const file = path.join(data, '1.parquet');
    const builder = disturbedBuilder(1, () => writeFile(file, whole.subarray(0, whole.length - 30)));
    const half = builder.buildSnapshot(request(parquet('1.parquet'), { sql: ROW_KEYS }));
    await expect(half).rejects.toMatchObject({ type: 'SOURCE_CORRUPT' });
    await writeFile(file, whole.subarray(0, whole.length - 30));
    const again = disturbedBuilder(1, () => writeFile(file, whole));
    expect((await again.buildSnapshot(request(parquet('1.parquet'), { sql: ROW_KEYS }))).rows).toBe(2);
    expect((await stat(file)).size).toBe(whole.length);
  });

  it('of many files is noticed to have a new one', async () => {
    await writeDays('1.parquet', DAYS);
    const builder = disturbedBuilder(1, () => writeDays('2.parquet', ['2024-01-05']));
    expect((await builder.buildSnapshot(request(parquet('*.parquet'), { sql: ROW_KEYS }))).rows).toBe(3);
    await rm(path.join(data, '2.parquet'));
  });
});
