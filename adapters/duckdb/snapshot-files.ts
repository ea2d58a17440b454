import { z } from 'zod';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Store } from '../../activities/ports/store.js';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import { hashFile } from '../store/durable-file.js';
import { sqlString } from './sql-text.js';

/** Fixed, because both shape the bytes: the same rows must give the same files everywhere. */
const ROWS_PER_PART = 500_000;
const ROW_GROUP_SIZE = 122_880;

/** A part that is written but not yet in the store. */
export interface StagedPart {
  readonly stagedPath: string;
  readonly ref: FileRef;
}

/** Copies a table, whose rows are in key order, to Parquet parts. A part's `ref.path` is its name in the snapshot's folder. */
export async function stageParts(
  connection: DuckDBConnection,
  store: Pick<Store, 'stage'>,
  table: string,
  rows: number,
): Promise<readonly StagedPart[]> {
  const parts: StagedPart[] = [];
  for (let first = 0; first === 0 || first < rows; first += ROWS_PER_PART) {
    const stagedPath = await store.stage('snapshot', 'parquet');
    const end = Math.min(first + ROWS_PER_PART, rows);
    await connection.run(
      `COPY (SELECT * FROM ${table} WHERE rowid >= ${String(first)} AND rowid < ${String(end)} ORDER BY row_key)
       TO ${sqlString(stagedPath)}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${String(ROW_GROUP_SIZE)}, USE_TMP_FILE false)`,
    );
    const path = `part-${String(parts.length).padStart(5, '0')}.parquet`;
    parts.push({ stagedPath, ref: { path, ...(await hashFile(stagedPath)), rows: end - first } });
  }
  return parts;
}

/** Puts parts first and the manifest last: a snapshot without its manifest does not exist. Safe to repeat. */
export async function publishSnapshot(
  store: Store,
  manifest: SnapshotManifest,
  parts: readonly StagedPart[],
): Promise<string> {
  const content = canonicalJson(manifest);
  const digest = sha256Hex(content);
  const folder = snapshotFolder(manifest.pipeline, digest);
  for (const part of parts) await store.adopt(part.stagedPath, `${folder}/${part.ref.path}`);
  await store.createIfAbsent(`${folder}/manifest.json`, content);
  return digest;
}

/** The manifest with its parts' paths as they are in the store; null when there is no such snapshot. Throws STORE_MISMATCH. */
export async function readSnapshot(store: Store, pipeline: string, digest: string): Promise<SnapshotManifest | null> {
  const folder = snapshotFolder(pipeline, digest);
  const bytes = await store.read(`${folder}/manifest.json`);
  if (bytes === null) return null;
  const found = sha256Hex(bytes);
  if (found !== digest) {
    throw new PermanentFailure('STORE_MISMATCH', `${folder}/manifest.json holds other content.`, {
      problems: [{ field: `${folder}/manifest.json`, found: `sha256 ${found}`, expected: `sha256 ${digest}` }],
    });
  }
  const written = JSON.parse(new TextDecoder().decode(bytes)) as SnapshotManifest;
  const manifest = { ...beforeRules(written), ...written };
  return { ...manifest, parts: manifest.parts.map((part) => ({ ...part, path: `${folder}/${part.path}` })) };
}

/** What snapshots from before rows were held to rules do not say. */
function beforeRules({ rows, quarantined }: SnapshotManifest) {
  const validation = { status: 'passed', grounds: [], warnings: [], results: [] } as const;
  return { rowsFound: rows + quarantined, quarantine: null, validation };
}

const requestSchema = z.object({
  snapshot: z.string().regex(/^[0-9a-f]{64}$/),
  warnings: z.array(z.string()).readonly().default([]),
});

/** What a request gave: a snapshot, and what was to be said of its sources in this store. */
export type AnsweredRequest = z.infer<typeof requestSchema>;

/** What an earlier request with the same inputs gave, if anything. */
export async function readRequest(store: Store, pipeline: string, request: string): Promise<AnsweredRequest | null> {
  const bytes = await store.read(requestPath(pipeline, request));
  return bytes === null ? null : requestSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

export async function writeRequest(
  store: Store,
  pipeline: string,
  request: string,
  { snapshot, warnings }: AnsweredRequest,
): Promise<void> {
  const content = canonicalJson({ snapshot, ...(warnings.length === 0 ? {} : { warnings }) });
  await store.createIfAbsent(requestPath(pipeline, request), content);
}

export function snapshotRef({ snapshot: digest, warnings }: AnsweredRequest, manifest: SnapshotManifest): SnapshotRef {
  const { rows, labelledRows, window, asOf, purpose } = manifest;
  return { digest, rows, labelledRows, window, asOf, purpose, ...(warnings.length === 0 ? {} : { warnings }) };
}

function snapshotFolder(pipeline: string, digest: string): string {
  return `snapshots/${pipeline}/${digest}`;
}

function requestPath(pipeline: string, request: string): string {
  return `snapshots/${pipeline}/requests/${request}.json`;
}
