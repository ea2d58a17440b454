import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DuckDbDatasetBuilder } from '../../../adapters/duckdb/dataset-builder.js';
import { openStore } from '../../../adapters/store/open-store.js';
import type { SourceDefinition } from '../../../domain/pipeline-definition.js';
import { changedStore } from '../../support/changed-store.js';
import { DAYS, EDGES, ROW_KEYS, useOrderSources } from '../../support/order-sources.js';
import { order, ordersCsv } from '../../support/orders.js';

const orders = useOrderSources();
const { request, build, rowsOf, writeDays, parquet } = orders;

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
    const store = await openStore(path.join(orders.world.root, 'other'));
    const settings = { store, tempDirectory: path.join(orders.world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
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
    const { store: real } = orders.world;
    const stage = async (purpose: string, extension: string) => {
      if (left > 0) await replace(left--);
      return real.stage(purpose, extension);
    };
    const store = changedStore(real, { stage });
    const tempDirectory = path.join(orders.world.root, 'spill');
    return new DuckDbDatasetBuilder({ store, tempDirectory, threads: 1, memoryLimitMb: 128 });
  }

  const replaceWith = async (colour: string) => {
    await writeFile(`${orders.world.sourcePath}.new`, ordersCsv([...EDGES, order({ id: 'a', colour })]));
    await rename(`${orders.world.sourcePath}.new`, orders.world.sourcePath);
  };

  it('is read again, and gives the snapshot of what it became', async () => {
    const source = orders.world.definition.dataset.sources['orders'] as SourceDefinition;
    const ref = await disturbedBuilder(1, () => replaceWith('blue')).buildSnapshot(request(source));
    expect(await rowsOf(ref)).toMatchObject([{ colour: 'blue' }]);
    expect(ref.digest).toBe((await build(source)).digest);
  });

  it('is given up when it never rests, and leaves nothing', async () => {
    const source = orders.world.definition.dataset.sources['orders'] as SourceDefinition;
    const builder = disturbedBuilder(99, (time) => replaceWith(`c${String(time)}`));
    await expect(builder.buildSnapshot(request(source))).rejects.toMatchObject({
      type: 'SOURCE_CHANGED',
      message: expect.stringContaining('3 times in a row') as string,
      problems: [{ field: 'dataset.sources.orders', found: `another ${orders.world.sourcePath}` }],
    });
    expect(await orders.world.store.list('snapshots/orders')).toEqual([]);
  });

  it('is told from a damaged one: a half-written file that is whole a moment later is read', async () => {
    await writeDays('1.parquet', DAYS);
    const whole = await readFile(path.join(orders.data, '1.parquet'));
    const file = path.join(orders.data, '1.parquet');
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
    await rm(path.join(orders.data, '2.parquet'));
  });
});
