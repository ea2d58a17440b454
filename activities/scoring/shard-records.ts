import { z } from 'zod';
import { canonicalJson } from '../../contracts/digest.js';
import { shardRecordPath, shardRecordSchema } from '../../contracts/shard-record.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { ShardRecord } from '../../domain/shard-record.js';
import type { Store } from '../ports/store.js';

/** What a record has to be about. */
export interface ShardRecordKey {
  readonly pipeline: string;
  readonly runIdentity: string;
  readonly comparedWith: string | null;
  readonly partIndex: number;
  readonly partSha256: string;
}

/** Null when nobody has scored the part yet. Throws STORE_MISMATCH for a record that is none, or of something else. */
export async function readShardRecord(store: Store, key: ShardRecordKey): Promise<ShardRecord | null> {
  const path = shardRecordPath(key);
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

/** The record that stands afterwards: this one, or that of an equal run that was faster. */
export async function createShardRecord(store: Store, key: ShardRecordKey, record: ShardRecord): Promise<ShardRecord> {
  const outcome = await store.createIfAbsent(shardRecordPath(key), `${canonicalJson(record)}\n`);
  if (outcome === 'created') return record;
  const first = await readShardRecord(store, key);
  if (first === null) throw new Error(`${shardRecordPath(key)} exists, but cannot be read yet`);
  return first;
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
