import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import type { ScoreRequest } from '../../activities/ports/scorer.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import { writeParquet } from './parquet.js';

/** One row of the scoring tests' snapshot. */
export interface TestRow {
  readonly key: string;
  readonly month: number;
  readonly distance: number | null;
  readonly origin: string | null;
  readonly label: number;
  /** One of twelve by the month where it is left out. */
  readonly entity?: string | null;
}

export const testFeatures = [
  { name: 'month', kind: 'numeric' },
  { name: 'distance', kind: 'numeric' },
  { name: 'origin', kind: 'categorical' },
] as const;

/** Known origins, in code order. DEN and null are not among them. */
export const testDictionary = { origin: ['ATL', "O'Hare", 'SEA'] } as const;

const origins = ['SEA', 'ATL', "O'Hare", 'DEN', null] as const;

/** Rows whose values depend on their number alone. */
export function testRows(count: number): TestRow[] {
  return Array.from({ length: count }, (_row, index) => ({
    key: `k${String(index).padStart(7, '0')}`,
    month: (index % 12) + 1,
    distance: ((index * 7919) % 2500) / 2500,
    origin: origins[(index * 31) % origins.length] ?? null,
    label: index % 5 === 0 ? 1 : 0,
  }));
}

export interface TestSnapshot {
  readonly rows: readonly TestRow[];
  readonly parts: readonly string[];
  readonly manifest: SnapshotManifest;
}

const columns = [
  { name: 'row_key', type: 'VARCHAR' },
  { name: 'entity', type: 'VARCHAR' },
  { name: 'event_time', type: 'TIMESTAMP' },
  { name: 'month', type: 'DOUBLE' },
  { name: 'distance', type: 'DOUBLE' },
  { name: 'origin', type: 'VARCHAR' },
];

/** Writes rows as snapshot parts; `labelled` adds the label column. */
export async function writeSnapshot(
  folder: string,
  rows: readonly TestRow[],
  options: { readonly partRows?: number; readonly labelled?: boolean } = {},
): Promise<TestSnapshot> {
  const partRows = options.partRows ?? Math.max(rows.length, 1);
  const written = options.labelled === true ? [...columns, { name: 'label', type: 'DOUBLE' }] : columns;
  const parts: string[] = [];
  for (let start = 0; start < Math.max(rows.length, 1); start += partRows) {
    const part = path.join(folder, `part-${String(parts.length)}.parquet`);
    const cells = rows.slice(start, start + partRows).map((row) => {
      const common = [
        row.key,
        row.entity === undefined ? `entity-${String(row.month)}` : row.entity,
        '2001-03-05 00:00:00',
        row.month,
        row.distance,
        row.origin,
      ];
      return options.labelled === true ? [...common, row.label] : common;
    });
    await writeParquet(part, written, cells);
    parts.push(part);
  }
  return { rows, parts, manifest: testManifest(rows.length, written, options.labelled === true) };
}

function testManifest(rows: number, written: SnapshotManifest['columns'], labelled: boolean): SnapshotManifest {
  return {
    schemaVersion: 1,
    pipeline: 'test',
    purpose: labelled ? 'labelled' : 'scoring',
    window: { start: '2001-03-05T00:00:00Z', end: '2001-03-06T00:00:00Z' },
    asOf: '2001-03-05T00:00:00Z',
    rows,
    rowsFound: rows,
    quarantined: 0,
    quarantine: null,
    validation: { status: 'passed', grounds: [], warnings: [], results: [] },
    labelledRows: labelled ? rows : 0,
    columns: written,
    parts: [],
    logicalDigest: createHash('sha256').update(String(rows)).digest('hex'),
    datasetDigest: '3'.repeat(64),
    sources: [],
    engine: { duckdb: 'test' },
  };
}

/** A score request over a snapshot, with a time limit that no good model meets. */
export function scoreRequest(
  snapshot: TestSnapshot,
  rest: Pick<ScoreRequest, 'models' | 'outputPath'> & Partial<ScoreRequest>,
): ScoreRequest {
  return {
    snapshot: snapshot.manifest,
    parts: snapshot.parts,
    timeoutMs: 30_000,
    ...rest,
  };
}

/** A fresh folder and how to remove it. */
export async function scratchFolder(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-test-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
