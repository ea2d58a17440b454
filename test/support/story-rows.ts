import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adoptTableFile, type TableFileFacts } from '../../activities/publication/table-file.js';
import type { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { publishSnapshot } from '../../adapters/duckdb/snapshot-files.js';
import type { OpenedStore } from '../../adapters/store/open-store.js';
import { sha256Hex } from '../../contracts/digest.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import { writeParquet } from './parquet.js';
import { testDictionary, testRows, writeSnapshot, type TestRow } from './scoring.js';
import { storyPipeline, windowOfDay } from './story-events.js';

export const days = ['2001-03-05', '2001-03-06', '2001-03-07'] as const;
export const rowsPerDay = 12;

/** Weights of month, distance and origin's code; the bias is the model's place in the story. */
export const weights = [0.05, 1.5, -0.3];

/** What a model of the story must give, worked out without ONNX. */
export function expectedScore(row: TestRow, bias: number): number {
  const code = row.origin === null ? -1 : (testDictionary.origin as readonly string[]).indexOf(row.origin);
  const inputs = [row.month, row.distance ?? 0, code < 0 ? testDictionary.origin.length : code];
  const margin = inputs.reduce((sum, input, index) => sum + input * (weights[index] ?? 0), bias);
  return 1 / (1 + Math.exp(-margin));
}

/** Rows of a day, every distance known. */
export function rowsOf(day: string): TestRow[] {
  return testRows(rowsPerDay).map((row) => ({ ...row, key: `${day}-${row.key}`, distance: row.distance ?? 0.5 }));
}

/** As a publication's columns want them. */
export type PublishedRows = Parameters<typeof writeParquet>[2];

/** Rows of a day as a model of the story scores them. */
export function scoredRows(day: string, { modelDigest, version }: ModelRef, runIdentity: string): PublishedRows {
  const bias = [0, -0.5, -1, -2][Number(version) - 1] ?? 0;
  return rowsOf(day).map((row) => {
    const score = expectedScore(row, bias);
    return [row.key, score, score >= 0.5, modelDigest, 'champion', runIdentity];
  });
}

/** A file of the predictions that nobody sees yet. */
export async function adoptRows(
  { store, table }: { readonly store: OpenedStore; readonly table: DeltaPredictionTable },
  rows: PublishedRows,
  facts: Omit<TableFileFacts, 'rows' | 'windowEnd'>,
): Promise<TableFile> {
  const stagedPath = await store.stage('publication', 'parquet');
  await writeParquet(stagedPath, publicationColumns, rows);
  return adoptTableFile({
    store,
    table,
    pipeline: storyPipeline,
    name: 'predictions',
    stagedPath,
    facts: { ...facts, rows: rows.length, windowEnd: windowOfDay(facts.window).end },
  });
}

/** The snapshot of a day; returns its digest. */
export async function writeDaySnapshot(store: OpenedStore, day: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-snapshot-'));
  const { parts, manifest } = await writeSnapshot(folder, rowsOf(day));
  const [stagedPath = ''] = parts;
  const bytes = await readFile(stagedPath);
  const name = 'part-00000.parquet';
  const ref = { path: name, sha256: sha256Hex(bytes), bytes: bytes.byteLength, rows: rowsPerDay };
  const whole = { ...manifest, pipeline: storyPipeline, window: windowOfDay(day), parts: [ref] };
  const digest = await publishSnapshot(store, whole, [{ stagedPath, ref }]);
  await rm(folder, { recursive: true });
  return digest;
}

const publicationColumns = [
  { name: 'row_key', type: 'VARCHAR' },
  { name: 'score', type: 'FLOAT' },
  { name: 'decision', type: 'BOOLEAN' },
  { name: 'model_digest', type: 'VARCHAR' },
  { name: 'cohort', type: 'VARCHAR' },
  { name: 'run_identity', type: 'VARCHAR' },
];
