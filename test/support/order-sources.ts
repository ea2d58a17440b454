import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { SnapshotRequest } from '../../activities/ports/dataset.js';
import { queryRows, withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet } from '../../adapters/duckdb/sql-text.js';
import type { DatasetDefinition, SourceDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotRef } from '../../domain/snapshot.js';
import { createOrdersWorld, order, type OrdersWorld } from './orders.js';
import { runSql } from './parquet.js';

const window = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };

/** Keys made of a row's file and its number in it. */
export const ROW_KEYS = `
  SELECT source_digest[1:12] || ':' || file_row_number AS id, shop, day, amount, colour, returned,
         day + INTERVAL 2 DAY AS known_at
  FROM orders WHERE day >= $window_start AND day < $window_end`;

/** Orders before and after the window, so that it is covered. */
export const EDGES = [order({ id: 'x', day: '2024-01-01' }), order({ id: 'z', day: '2024-01-09' })];
export const PLAIN = order({ id: 'a' });

/** Two of these days are in the window. */
export const DAYS = ['2024-01-01', '2024-01-05', '2024-01-05', '2024-01-09'];

/** A fresh world of orders for each test of the file that calls this, and what tests of sources do with it. */
export function useOrderSources() {
  let world: OrdersWorld;
  beforeEach(async () => {
    world = await createOrdersWorld([...EDGES, PLAIN]);
  });
  afterEach(() => world.remove());

  const pathOf = (below: string) => path.join(world.root, 'data', below);
  const request = (source: SourceDefinition, dataset: Partial<DatasetDefinition> = {}): SnapshotRequest => {
    const definition = {
      ...world.definition,
      dataset: { ...world.definition.dataset, sources: { orders: source }, ...dataset },
    };
    return { definition, purpose: 'scoring', window, asOf: '2024-01-20T00:00:00.000Z' };
  };
  return {
    get world() {
      return world;
    },
    /** The folder of the sources. */
    get data() {
      return pathOf('');
    },
    request,
    build: (source: SourceDefinition, dataset?: Partial<DatasetDefinition>) =>
      world.builder().buildSnapshot(request(source, dataset)),
    parquet: (below: string): SourceDefinition => ({ path: pathOf(below), format: 'parquet' }),
    rowsOf: async ({ digest }: SnapshotRef): Promise<readonly Record<string, unknown>[]> => {
      const builder = world.builder();
      const parts = await builder.localParts(await builder.loadSnapshot('orders', digest));
      const settings = {
        allowed: parts,
        tempDirectory: path.join(world.root, 'spill'),
        threads: 1,
        memoryLimitMb: 128,
      };
      return withDuckDb(settings, (connection) => queryRows(connection, `SELECT * FROM ${readParquet(parts)}`));
    },
    /** Writes orders of given days to Parquet; `columns` is what stands after the first three. */
    writeDays: async (
      file: string,
      days: readonly string[],
      columns = "10.5 AS amount, 'red' AS colour, 0 AS returned",
    ): Promise<void> => {
      await mkdir(path.dirname(pathOf(file)), { recursive: true });
      const rows = days.map((day, index) => `('k${String(index)}', DATE '${day}')`).join(', ');
      await runSql(
        `COPY (SELECT id, 'north' AS shop, day, ${columns} FROM (VALUES ${rows}) t(id, day))
         TO '${pathOf(file)}' (FORMAT parquet)`,
      );
    },
  };
}
