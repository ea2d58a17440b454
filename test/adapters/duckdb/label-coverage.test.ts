import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEvaluator } from '../../../adapters/duckdb/evaluation.js';
import { writeParquet } from '../../support/parquet.js';

let folder: string;
let parts: readonly string[];

const columns = [
  { name: 'origin', type: 'VARCHAR' },
  { name: 'size', type: 'DOUBLE' },
  { name: 'label', type: 'DOUBLE' },
] as const;
type Row = readonly [string | null, number, number | null];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-coverage-'));
  parts = [join(folder, 'first.parquet'), join(folder, 'second.parquet')];
  const rows = (origin: string | null, count: number, label: number | null): Row[] =>
    Array.from({ length: count }, () => [origin, 1, label]);
  await writeParquet(parts[0] ?? '', columns, [...rows('ATL', 3, null), ...rows('LAX', 2, 1), ...rows('ORD', 1, null)]);
  await writeParquet(parts[1] ?? '', columns, [...rows('LAX', 2, null), ...rows(null, 2, 0)]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const count = (args: { readonly columns: readonly string[]; readonly minRows: number; readonly limit: number }) =>
  createEvaluator({ tempDirectory: folder }).countLabels({ parts, ...args });

test('counts labels by slice over all parts, the slice that lacks most first, and leaves small slices out', async () => {
  expect(await count({ columns: ['origin', 'size'], minRows: 2, limit: 10 })).toEqual([
    { column: 'origin', value: 'ATL', rows: 3, labelledRows: 0 },
    { column: 'size', value: '1.0', rows: 10, labelledRows: 4 },
    { column: 'origin', value: 'LAX', rows: 4, labelledRows: 2 },
    { column: 'origin', value: null, rows: 2, labelledRows: 2 },
  ]);
});

test('names no more slices than asked for, and none where no column is looked at', async () => {
  expect(await count({ columns: ['origin'], minRows: 1, limit: 1 })).toMatchObject([{ value: 'ATL' }]);
  expect(await count({ columns: [], minRows: 1, limit: 1 })).toEqual([]);
});
