import { z } from 'zod';
import { canonicalJson } from '../../contracts/digest.js';
import { shardRecordPath, shardRecordSchema } from '../../contracts/shard-record.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import { findCollected } from '../../domain/retention/collected.js';
import type { ShardRecord } from '../../domain/shard-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { PredictionTable, TableName } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';

/** What a record has to be about. */
export interface ShardRecordKey {
  readonly pipeline: string;
  readonly runIdentity: string;
  readonly comparedWith: string | null;
  readonly partIndex: number;
  readonly partSha256: string;
}

/** What is known of a part: its record, or none and where one belongs. */
export interface FoundShardRecord {
  readonly record: ShardRecord | null;
  readonly path: string;
  /** Files of earlier records that retention has named: those records count as absent. */
  readonly collected: readonly string[];
}

export interface ShardRecordServices {
  readonly store: Store;
  readonly table: Pick<PredictionTable, 'folder'>;
}

/**
 * The record of a part that can be gone on from: none of its files was collected. Ends at the first name that nobody has
 * taken. Throws STORE_MISMATCH for a record that is none, or of something else.
 */
export async function findShardRecord(
  { store, table }: ShardRecordServices,
  ledger: LedgerState,
  key: ShardRecordKey,
): Promise<FoundShardRecord> {
  const collected: string[] = [];
  for (let times = 0; ; times++) {
    const path = shardRecordPath(key, times);
    const record = await readRecord(store, path, key);
    if (record === null) return { record, path, collected };
    const paths = record.files.map(
      (file, index) => `${table.folder(key.pipeline, tableOf(record, index))}/${file.path}`,
    );
    const gone = findCollected(ledger, paths);
    if (gone.length === 0) return { record, path, collected };
    collected.push(...gone);
  }
}

/** The table that a file of a record belongs to: those that are served come first. */
export function tableOf({ servedFiles = 1 }: Pick<ShardRecord, 'servedFiles'>, index: number): TableName {
  return index < servedFiles ? 'predictions' : 'shadow-predictions';
}

/** Every lost race is lost to a record that stands afterwards, and few equal runs work on one part. */
const maxAttempts = 20;

/** The record that stands afterwards: this one, or that of an equal run that was faster. */
export async function createShardRecord(
  services: ShardRecordServices,
  key: ShardRecordKey,
  record: ShardRecord,
): Promise<ShardRecord> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { state } = await readLedger(services.store, key.pipeline);
    const found = await findShardRecord(services, state, key);
    if (found.record !== null) return found.record;
    if ((await services.store.createIfAbsent(found.path, `${canonicalJson(record)}\n`)) === 'created') return record;
  }
  throw new Error(`${shardRecordPath(key)} was created ${String(maxAttempts)} times by somebody else`);
}

/** Null when nobody has written it yet. */
async function readRecord(store: Store, path: string, key: ShardRecordKey): Promise<ShardRecord | null> {
  const bytes = await store.read(path);
  if (bytes === null) return null;
  const record = parseRecord(path, bytes);
  const problems = [
    ...differing('runIdentity', record.runIdentity, key.runIdentity),
    ...differing('partIndex', String(record.partIndex), String(key.partIndex)),
    ...differing('partSha256', record.partSha256, key.partSha256),
    ...differing('comparedWith', record.comparedWith ?? 'nothing', key.comparedWith ?? 'nothing'),
  ];
  if (problems.length > 0) throw mismatch(path, problems);
  return record;
}

function parseRecord(path: string, bytes: Uint8Array): ShardRecord {
  try {
    return shardRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    const found = error instanceof z.ZodError ? z.prettifyError(error) : 'no JSON';
    throw mismatch(path, [{ field: path, found, expected: 'the record of a scored part' }]);
  }
}

function differing(field: string, found: string, expected: string): readonly Problem[] {
  return found === expected ? [] : [{ field, found, expected }];
}

function mismatch(path: string, problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', `${path} is not the record it should be`, { problems });
}
