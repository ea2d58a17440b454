import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DuckDbDatasetBuilder } from '../../../adapters/duckdb/dataset-builder.js';
import type { RemoteSources } from '../../../adapters/sources/remote-sources.js';
import type { SourceDefinition } from '../../../domain/pipeline-definition.js';
import { DAYS, EDGES, PLAIN, ROW_KEYS, useOrderSources } from '../../support/order-sources.js';
import { order, ordersCsv } from '../../support/orders.js';

const orders = useOrderSources();
const { request, build, rowsOf, writeDays, parquet } = orders;

describe('a source of Parquet files', () => {
  it('names a row by the digest of its file and its number in it', async () => {
    await writeDays('1.parquet', DAYS);
    await writeDays('2.parquet', ['2024-01-05', '2024-01-06']);
    const source = parquet('*.parquet');
    const ref = await build(source, { sql: ROW_KEYS });
    const manifest = await orders.world.builder().loadSnapshot('orders', ref.digest);
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
    await copyFile(path.join(orders.data, 'lake/day_of=2024-01-05/a.parquet'), path.join(orders.data, 'cached'));
    const remote: RemoteSources = {
      resolve: () =>
        Promise.resolve([
          {
            url: 's3://b/lake/day_of=2024-01-05/a.parquet',
            localPath: path.join(orders.data, 'cached'),
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
      store: orders.world.store,
      tempDirectory: path.join(orders.world.root, 'spill'),
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
    await writeFile(path.join(orders.data, '2.parquet'), change(await readFile(path.join(orders.data, '1.parquet'))));
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
      const failure = await build(parquet(below), { sql: ROW_KEYS }).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        type: 'SOURCE_CORRUPT',
        problems: [
          {
            field: 'dataset.sources.orders',
            found: expect.stringContaining('2.parquet') as string,
            expected: 'a whole file of its format; write or copy it again, then start again',
          },
        ],
      });
      // Our own statement says nothing to whoever delivers the file.
      expect(String(failure)).not.toMatch(/LINE 1|SELECT|read_parquet/);
    }
    expect(await orders.world.store.list('snapshots/orders')).toEqual([]);
  });
});

describe('a source of text', () => {
  it('is a glob of files that count their own rows', async () => {
    await writeFile(path.join(orders.data, '1.csv'), ordersCsv([...EDGES, PLAIN]));
    await writeFile(path.join(orders.data, '2.csv'), ordersCsv([order({ id: 'b', colour: 'blue' })]));
    await writeFile(path.join(orders.data, '3.csv'), ordersCsv([]));
    const source: SourceDefinition = { path: path.join(orders.data, '?.csv'), format: 'csv' };
    const sql = ROW_KEYS.replace('source_digest[1:12]', 'source_file');
    expect((await rowsOf(await build(source, { sql }))).map((row) => row['row_key'])).toEqual(['1.csv:2', '2.csv:0']);
  });

  it('whose types are guessed differently is refused, and read once they are declared', async () => {
    await writeFile(path.join(orders.data, '1.csv'), ordersCsv([...EDGES, order({ id: '1' })]));
    await writeFile(path.join(orders.data, '2.csv'), ordersCsv([order({ id: 'b', amount: 'ten' })]));
    const source: SourceDefinition = { path: path.join(orders.data, '?.csv'), format: 'csv' };
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
    await writeFile(path.join(orders.data, '1.csv'), ordersCsv([...EDGES, order({ id: 'b', amount: 'ten' })]));
    const source: SourceDefinition = {
      path: path.join(orders.data, '1.csv'),
      format: 'csv',
      columns: { amount: 'DOUBLE' },
    };
    await expect(build(source)).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ found: expect.stringContaining('amount') as string }],
    });
  });
});
