import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { transactionId, type CommitInfo, type TableFile } from '../../domain/published-table.js';

/**
 * Columns of both tables. `window` is the partition: readers take it from the log, the files do not hold it. Everything
 * is nullable because writer version 2 would otherwise have to enforce it.
 */
const columns = [
  ['row_key', 'string'],
  ['score', 'float'],
  ['decision', 'boolean'],
  ['model_digest', 'string'],
  ['cohort', 'string'],
  ['run_identity', 'string'],
  ['window', 'string'],
] as const;

/** Time travel has to answer for years, so neither log entries nor replaced files expire. */
const configuration = {
  'delta.logRetentionDuration': 'interval 36500 days',
  'delta.deletedFileRetentionDuration': 'interval 36500 days',
  'delta.enableExpiredLogCleanup': 'false',
};

/** One commit as the lines of its JSON file. The same change gives the same bytes, so a repeated commit is recognised. */
export function renderCommit(args: {
  readonly folder: string;
  readonly version: number;
  readonly add: readonly TableFile[];
  readonly remove: readonly TableFile[];
  readonly info: CommitInfo;
}): string {
  const { folder, version, add, remove, info } = args;
  const at = Date.parse(info.at);
  const actions: readonly object[] = [
    { commitInfo: { ...info, timestamp: at, engineInfo: 'gauntlet', isBlindAppend: remove.length === 0 } },
    ...(version === 0 ? [protocol, metaData(folder, at)] : []),
    { txn: { appId: transactionId(info), version, lastUpdated: at } },
    ...remove.map((file) => removeAction(file, at)),
    ...add.map((file) => addAction(file, at)),
  ];
  return actions.map((action) => `${canonicalJson(action)}\n`).join('');
}

const protocol = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };

function metaData(folder: string, createdTime: number): object {
  const schema = {
    type: 'struct',
    fields: columns.map(([name, type]) => ({ name, type, nullable: true, metadata: {} })),
  };
  const id = sha256Hex(folder).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  const format = { provider: 'parquet', options: {} };
  const schemaString = canonicalJson(schema);
  return {
    metaData: { id, name: folder, format, schemaString, partitionColumns: ['window'], configuration, createdTime },
  };
}

function addAction(file: TableFile, modificationTime: number): object {
  const { path, bytes, rows, window, decisionEpoch, ...tags } = file;
  return {
    add: {
      path,
      partitionValues: { window },
      size: bytes,
      modificationTime,
      dataChange: true,
      stats: canonicalJson({ numRecords: rows }),
      tags: { ...tags, decisionEpoch: String(decisionEpoch) },
    },
  };
}

function removeAction(file: TableFile, deletionTimestamp: number): object {
  const { path, window, bytes: size } = file;
  const partitionValues = { window };
  return {
    remove: { path, deletionTimestamp, dataChange: true, extendedFileMetadata: true, partitionValues, size },
  };
}

const addSchema = z.object({
  path: z.string().min(1),
  partitionValues: z.object({ window: z.string().min(1) }),
  size: z.int().nonnegative(),
  stats: z.string(),
  tags: z.object({
    runIdentity: z.string(),
    modelDigest: z.string(),
    decisionEpoch: z.string().regex(/^\d+$/),
    snapshotDigest: z.string(),
    sha256: z.string().length(64),
    windowEnd: z.string(),
  }),
});

const commitInfoSchema: z.ZodType<CommitInfo> = z.object({
  operation: z.enum(['publish', 'rollback', 'collect']),
  at: z.iso.datetime(),
  ledgerNumber: z.int().nonnegative(),
  ledgerHash: z.string().nullable(),
  workflowId: z.string(),
  workflowRunId: z.string(),
  reason: z.string(),
  identity: z.string().min(1),
  decisionEpoch: z.int().nonnegative(),
  windows: z.array(z.string()),
});

/** One line of a commit. Exactly one of the fields is there in a line that we wrote. */
export const actionSchema = z.object({
  commitInfo: commitInfoSchema.optional(),
  protocol: z.object({ minReaderVersion: z.literal(1), minWriterVersion: z.literal(2) }).optional(),
  metaData: z.object({ partitionColumns: z.tuple([z.literal('window')]) }).optional(),
  txn: z.object({ appId: z.string(), version: z.int() }).optional(),
  add: addSchema.optional(),
  remove: z.object({ path: z.string().min(1) }).optional(),
});

const statsSchema = z.object({ numRecords: z.int().nonnegative() });

/** The file that an `add` action describes. Throws when its statistics cannot be read. */
export function tableFileOf(add: z.infer<typeof addSchema>): TableFile {
  const { numRecords } = statsSchema.parse(JSON.parse(add.stats));
  const { decisionEpoch, ...tags } = add.tags;
  return {
    path: add.path,
    bytes: add.size,
    rows: numRecords,
    window: add.partitionValues.window,
    decisionEpoch: Number(decisionEpoch),
    ...tags,
  };
}
