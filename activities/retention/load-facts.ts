import { z } from 'zod';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { RetentionPolicy } from '../../domain/pipeline-definition.js';
import type { RetentionFacts, TableFacts } from '../../domain/retention/collection-plan.js';
import type { StagedFile, StoredFile } from '../../domain/retention/stored-file.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { StagingArea } from '../ports/staging-area.js';
import type { Store } from '../ports/store.js';
import { readModelsElsewhere } from './models-elsewhere.js';

export interface RetentionServices {
  readonly store: Store;
  /** Of this host, wherever the store is. */
  readonly staging: StagingArea;
  readonly table: PredictionTable;
}

export interface RetentionQuestion {
  readonly pipeline: string;
  readonly policy: RetentionPolicy;
  readonly now: string;
}

/** Enough to hide the latency of a remote store, little enough for its rate limits. */
const readsAtOnce = 16;

/**
 * Lists the store, then reads tables, ledgers and manifests, in this order: whoever began to use a listed file before is
 * seen. `onListed` is told how many files were seen so far.
 */
export async function loadRetentionFacts(
  { store, staging, table }: RetentionServices,
  { pipeline, policy, now }: RetentionQuestion,
  onListed: (files: number) => void = () => undefined,
): Promise<RetentionFacts> {
  const folders = (['predictions', 'shadow-predictions'] as const).map((name) => table.folder(pipeline, name));
  const results = ['snapshots', 'evaluations', 'shards'].map((top) => `${top}/${pipeline}`);
  const files: StoredFile[] = [];
  for (const folder of [...folders, ...results, 'models']) {
    for await (const file of store.listRecursive(folder)) if (files.push(file) % 1000 === 0) onListed(files.length);
  }
  const staged: StagedFile[] = [];
  for await (const file of staging.listStaged()) staged.push(file);
  const tables: TableFacts[] = [];
  for (const name of ['predictions', 'shadow-predictions'] as const) {
    tables.push({ folder: table.folder(pipeline, name), commits: await table.history(pipeline, name) });
  }
  const { state: ledger } = await readLedger(store, pipeline);
  return {
    pipeline,
    now,
    policy,
    ledger,
    tables,
    modelsElsewhere: await readModelsElsewhere(store, pipeline),
    manifested: await readManifests(store, files),
    evidenceSnapshots: await readEvidence(store, ledger, Date.parse(now) - policy.rollbackHorizonMs),
    shardFiles: await readShardFiles(store, files, { folders, youngerThan: Date.parse(now) - policy.graceMs }),
    files,
    staged,
  };
}

const fileSchema = z.looseObject({ sha256: z.string() });
const manifestSchema = z.looseObject({
  /** Of a snapshot. */
  parts: z.array(fileSchema.extend({ path: z.string() })).optional(),
  /** Of a model. */
  files: z.array(fileSchema.extend({ name: z.string() })).optional(),
});

/** Files that a manifest names by their hash. What a manifest does not name, or what it is that cannot be read, is not in it. */
async function readManifests(store: Store, files: readonly StoredFile[]): Promise<ReadonlyMap<string, string>> {
  const manifests = files.filter(({ path }) => path.endsWith('/manifest.json'));
  const named = new Map<string, string>();
  await inBatches(manifests, async ({ path }) => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const { parts = [], files: own = [] } = (await readJson(store, path, manifestSchema)) ?? {};
    for (const part of parts) named.set(`${folder}/${part.path}`, part.sha256);
    for (const file of own) named.set(`${folder}/${file.name}`, file.sha256);
  });
  return named;
}

const reportSchema = z.looseObject({
  snapshots: z
    .array(z.looseObject({ championDigest: z.string().nullable(), challengerDigest: z.string() }))
    .default([]),
});

/** Throws STORE_MISMATCH for a report that cannot be read: then nobody knows what it rests on. */
async function readEvidence(store: Store, ledger: LedgerState, since: number): Promise<ReadonlySet<string>> {
  const reports = [...ledger.promotions.values()].flatMap(({ report, status }) =>
    report !== null && (status === 'open' || Date.parse(report.at) >= since) ? [report.reportDigest] : [],
  );
  const digests = new Set<string>();
  await inBatches(reports, async (digest) => {
    const path = `reports/${digest}/report.json`;
    const report = await readJson(store, path, reportSchema);
    if (report === null) throw unreadable(path);
    for (const { championDigest, challengerDigest } of report.snapshots) {
      digests.add(challengerDigest);
      if (championDigest !== null) digests.add(championDigest);
    }
  });
  return digests;
}

const shardSchema = z.looseObject({ files: z.array(z.looseObject({ path: z.string() })) });

/** Which table a file is in does not stand in the record, so it is spared in both. */
async function readShardFiles(
  store: Store,
  files: readonly StoredFile[],
  { folders, youngerThan }: { readonly folders: readonly string[]; readonly youngerThan: number },
): Promise<ReadonlySet<string>> {
  const records = files.filter(
    ({ path, modifiedAt }) => path.startsWith('shards/') && Date.parse(modifiedAt) > youngerThan,
  );
  const named = new Set<string>();
  await inBatches(records, async ({ path }) => {
    const record = path.endsWith('.json') ? await readJson(store, path, shardSchema) : null;
    for (const file of record?.files ?? []) for (const folder of folders) named.add(`${folder}/${file.path}`);
  });
  return named;
}

async function readJson<T>(store: Store, path: string, schema: z.ZodType<T>): Promise<T | null> {
  const bytes = await store.read(path);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

async function inBatches<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < items.length; first += readsAtOnce) {
    await Promise.all(items.slice(first, first + readsAtOnce).map(use));
  }
}

function unreadable(path: string): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', 'Nothing is collected while evidence cannot be read.', {
    problems: [{ field: path, found: 'no report that can be read', expected: 'the report that the ledger names' }],
    example: 'gauntlet verify',
  });
}
