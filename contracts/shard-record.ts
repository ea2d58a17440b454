import { z } from 'zod';
import type { TableFile } from '../domain/published-table.js';
import type { ShardFacts } from '../domain/shard-facts.js';
import { againSuffix } from '../domain/retention/collected.js';
import type { ShardRecord } from '../domain/shard-record.js';
import { sha256Hex } from './digest.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/, '64 hex characters');
const modelDigest = z.union([digest, z.literal('baseline')]);
const count = z.int().nonnegative();

const tableFile: z.ZodType<TableFile> = z.strictObject({
  path: z.string().min(1),
  bytes: count,
  sha256: digest,
  rows: count,
  window: z.string().min(1),
  windowEnd: z.iso.datetime(),
  runIdentity: digest,
  modelDigest,
  decisionEpoch: count,
  snapshotDigest: digest,
});

const served = z.strictObject({ rows: count, positives: count });

const facts: z.ZodType<ShardFacts> = z.strictObject({
  rowsIn: count,
  rowsOut: count,
  missingKeys: count,
  extraKeys: count,
  duplicateKeys: count,
  models: z.array(
    z.strictObject({
      modelDigest,
      engine: z.enum(['onnx', 'linear', 'trees', 'baseline']),
      positives: count,
      nonFinite: count,
      sum: z.number(),
      min: z.number().nullable(),
      max: z.number().nullable(),
      binCounts: z.array(count),
    }),
  ),
  churn: z.array(
    z.strictObject({
      against: z.string().min(1),
      slice: z.strictObject({ column: z.string(), value: z.string() }).nullable(),
      rows: count,
      flips: count,
    }),
  ),
  cohorts: z.strictObject({ champion: served, challenger: served, withoutEntity: count }).exactOptional(),
});

/** One part as it was scored. Strict: a record decides what is published, so nothing in it may be guessed at. */
export const shardRecordSchema: z.ZodType<ShardRecord> = z.strictObject({
  schemaVersion: z.literal(1),
  runIdentity: digest,
  partIndex: count,
  partSha256: digest,
  comparedWith: z.string().nullable(),
  files: z.array(tableFile),
  servedFiles: count.exactOptional(),
  facts,
});

/**
 * Where the record of a part lies. Churn is counted against one publication, so records of another one stand beside
 * these: the same run identity that goes on after somebody else published counts anew. The folder is named by a digest
 * of that publication's identity, which may hold any characters: two of them never share a folder. `times` counts the
 * records before this one whose files were collected.
 */
export function shardRecordPath(
  key: {
    readonly pipeline: string;
    readonly runIdentity: string;
    readonly comparedWith: string | null;
    readonly partIndex: number;
  },
  times = 0,
): string {
  const folder = key.comparedWith === null ? 'new' : `over-${sha256Hex(key.comparedWith).slice(0, 12)}`;
  const name = `${String(key.partIndex).padStart(8, '0')}${againSuffix(times)}`;
  return `shards/${key.pipeline}/${key.runIdentity}/${folder}/${name}.json`;
}
