import { rm } from 'node:fs/promises';
import type { CohortDraw } from '../../domain/cohort.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import type { ShardRecord } from '../../domain/shard-record.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Scorer, ServingModel, ShardRequest } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';
import { localPathsOf, storeFileOf, type TableFileFacts } from '../publication/table-file.js';
import type { OpenedModel } from './open-models.js';
import { adoptOutputs, stagedPaths, stageOutputs } from './part-outputs.js';
import { createShardRecord, findShardRecord, tableOf, type ShardRecordKey } from './shard-records.js';

export interface PartServices {
  readonly store: Store;
  readonly table: PredictionTable;
  readonly scorer: Pick<Scorer, 'scoreShard'>;
  /** One part may take this long before its process is killed. */
  readonly scoreTimeoutMs: number;
}

/** One part of a snapshot, and everything that its files have to say. */
export interface PartJob extends Pick<ShardRequest, 'signal' | 'onProgress'> {
  readonly pipeline: string;
  readonly snapshot: SnapshotManifest;
  readonly partIndex: number;
  /**
   * The first one serves. Asked for when the part is about to be scored and not before: a window takes longer than local
   * copies of bundles are kept for somebody, and a part that is taken over needs none.
   */
  readonly openModels: () => Promise<readonly OpenedModel[]>;
  readonly cohort: 'champion' | 'fallback';
  /** The second model serves these entities; left out where the first one serves everybody. */
  readonly split?: CohortDraw;
  /** What all files of the run share. */
  readonly facts: Omit<TableFileFacts, 'rows' | 'modelDigest'>;
  /** The publication that decisions are compared with, with those of its files that can hold rows of the part. */
  readonly live: { readonly identity: string; readonly files: readonly TableFile[] } | null;
  readonly sliceColumns: readonly string[];
}

/**
 * Scores a part, makes its files files of the tables, and writes its record, in this order: a kill in between loses this
 * part at most. A part whose record is there with its files is taken over, unless retention has named one of them: it may
 * be on its way out.
 */
export async function scorePart(
  services: PartServices,
  job: PartJob,
): Promise<{ readonly record: ShardRecord; readonly takenOver: boolean }> {
  const part = partOf(job);
  const key: ShardRecordKey = {
    pipeline: job.pipeline,
    runIdentity: job.facts.runIdentity,
    comparedWith: job.live?.identity ?? null,
    partIndex: job.partIndex,
    partSha256: part.sha256,
  };
  const { state } = await readLedger(services.store, job.pipeline);
  const { record: known } = await findShardRecord(services, state, key);
  if (known !== null && (await areFilesThere(services, job.pipeline, known))) {
    return { record: known, takenOver: true };
  }
  const scored = await scoreAndAdopt(services, job, part);
  const record = await createShardRecord(services, key, {
    schemaVersion: 1,
    runIdentity: key.runIdentity,
    partIndex: key.partIndex,
    partSha256: key.partSha256,
    comparedWith: key.comparedWith,
    ...scored,
  });
  return { record, takenOver: false };
}

function partOf({ snapshot, partIndex }: PartJob): FileRef {
  const part = snapshot.parts[partIndex];
  if (part === undefined) throw new RangeError(`the snapshot has no part ${String(partIndex)}`);
  return part;
}

/** Files that are gone are written again: the same run gives the same bytes under the same names. */
async function areFilesThere({ store, table }: PartServices, pipeline: string, record: ShardRecord): Promise<boolean> {
  const checks = await Promise.allSettled(
    record.files.map((file, index) =>
      store.localPath(storeFileOf(table.folder(pipeline, tableOf(record, index)), file)),
    ),
  );
  return checks.every(({ status }) => status === 'fulfilled');
}

async function scoreAndAdopt(
  services: PartServices,
  job: PartJob,
  part: FileRef,
): Promise<Pick<ShardRecord, 'facts' | 'files' | 'servedFiles'>> {
  const { cohort, split } = job;
  const models = await stageOutputs(services.store, await job.openModels(), { cohort, isSplit: split !== undefined });
  try {
    const facts = await services.scorer.scoreShard(await requestOf(services, job, part, models));
    return { facts, ...(await adoptOutputs(services, job.pipeline, { models, facts, common: job.facts })) };
  } finally {
    await Promise.all(stagedPaths(models).map((staged) => rm(staged, { force: true })));
  }
}

async function requestOf(
  { store, table, scoreTimeoutMs }: PartServices,
  job: PartJob,
  part: FileRef,
  models: readonly ServingModel[],
): Promise<ShardRequest> {
  const folder = table.folder(job.pipeline, 'predictions');
  const livePaths = await localPathsOf(store, folder, job.live?.files ?? []);
  return {
    snapshot: job.snapshot,
    partPath: await store.localPath(part),
    rows: part.rows ?? 0,
    models,
    ...(job.split === undefined ? {} : { split: job.split }),
    runIdentity: job.facts.runIdentity,
    churn: { livePaths, sliceColumns: job.sliceColumns },
    timeoutMs: scoreTimeoutMs,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
    ...(job.onProgress === undefined ? {} : { onProgress: job.onProgress }),
  };
}
