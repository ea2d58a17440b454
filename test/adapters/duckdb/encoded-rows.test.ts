import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import type { DuckDbDatasetBuilder } from '../../../adapters/duckdb/dataset-builder.js';
import type { SnapshotManifest } from '../../../domain/snapshot.js';
import { createOrdersWorld, order, type OrdersWorld } from '../../support/orders.js';

const range = { start: '2024-01-04T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };

describe('what a trainer reads', () => {
  let world: OrdersWorld;
  let builder: DuckDbDatasetBuilder;
  let snapshot: SnapshotManifest;

  beforeEach(async () => {
    world = await createOrdersWorld([
      order({ id: 'a', day: '2024-01-04', colour: 'red', amount: '1', returned: '1' }),
      order({ id: 'b', day: '2024-01-04', colour: 'green', amount: '' }),
      order({ id: 'c', day: '2024-01-05', colour: 'blue', amount: '2' }),
      order({ id: 'd', day: '2024-01-05', colour: 'blue', amount: '3' }),
      order({ id: 'e', day: '2024-01-05', colour: '', amount: '4', returned: '' }),
      order({ id: 'f', day: '2024-01-06', colour: 'pink', amount: '5' }),
    ]);
    builder = world.builder();
    const window = { start: '2024-01-04T00:00:00.000Z', end: '2024-01-07T00:00:00.000Z' };
    const asOf = '2024-01-20T00:00:00.000Z';
    const ref = await builder.buildSnapshot({ definition: world.definition, purpose: 'labelled', window, asOf });
    snapshot = await builder.loadSnapshot('orders', ref.digest);
  });
  afterEach(() => world.remove());

  it('knows the categories of the range alone, most frequent first and ties by name', async () => {
    expect(await builder.learnDictionary(world.definition, snapshot, range)).toEqual({
      colour: ['blue', 'green', 'red'],
    });
  });

  it('is float32 codes and numbers of the labelled rows in key order, with a code of its own for the unknown', async () => {
    const outputPath = path.join(world.root, 'encoded.parquet');
    const rows = await builder.writeEncoded({
      definition: world.definition,
      snapshot,
      dictionary: { colour: ['blue', 'red'] },
      window: range,
      outputPath,
    });
    expect(rows).toBe(4);
    const settings = { allowed: [outputPath], tempDirectory: world.root, threads: 1, memoryLimitMb: 128 };
    const written = await withDuckDb(settings, async (connection) => ({
      rows: await queryRows(connection, `SELECT * FROM '${outputPath}'`),
      types: await queryRows<{ column_type: string }>(connection, `DESCRIBE SELECT * FROM '${outputPath}'`),
    }));
    expect(written.types.map((column) => column.column_type)).toEqual(['FLOAT', 'FLOAT', 'FLOAT']);
    expect(written.rows).toEqual([
      { amount: 1, colour: 1, label: 1 },
      { amount: Number.NaN, colour: 2, label: 0 },
      { amount: 2, colour: 0, label: 0 },
      { amount: 3, colour: 0, label: 0 },
    ]);
  });

  it('is profiled by the shares of its values and of what is missing', async () => {
    const profile = await builder.profileInputs(world.definition, snapshot, range);
    expect(profile.rows).toBe(5);
    // Amounts 1, 2, 3, 4 and one missing: every discrete decile is one of the four, and the last bin lies beyond them.
    expect(profile.numeric['amount']).toEqual({
      cuts: [1, 2, 3, 4],
      shares: [0.25, 0.25, 0.25, 0.25, 0],
      nullShare: 0.2,
    });
    expect(profile.categorical['colour']).toEqual({
      values: ['blue', 'green', 'red'],
      shares: [0.4, 0.2, 0.2],
      nullShare: 0.2,
    });
  });

  it('has a profile even where a column has no values at all', async () => {
    const empty = { start: '2023-01-01T00:00:00.000Z', end: '2023-01-02T00:00:00.000Z' };
    const profile = await builder.profileInputs(world.definition, snapshot, empty);
    expect(profile).toEqual({
      rows: 0,
      numeric: { amount: { cuts: [], shares: [0], nullShare: 0 } },
      categorical: { colour: { values: [], shares: [], nullShare: 0 } },
    });
  });
});
