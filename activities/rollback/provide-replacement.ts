import { digestOf } from '../../contracts/digest.js';
import { parityGrounds, servedGrounds } from '../../domain/audit/decide-audit.js';
import { mergeShardFacts } from '../../domain/audit/window-facts.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { ShardRecord } from '../../domain/shard-record.js';
import type { Stamp } from '../../workflows/run-context.js';
import type { ReplacementRequest } from '../publication/replace-predictions.js';
import { adoptTableFile, storeFileOf, type TableFileFacts } from '../publication/table-file.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { PredictionTable, TableFile } from '../ports/prediction-table.js';
import type { Scorer } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';
import { openModels } from '../scoring/open-models.js';
import { scorePart } from '../scoring/score-part.js';
import type { ReplacementPlan } from './rollback-plan.js';

export interface ReplacementServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly scorer: Scorer;
  readonly bundles: ModelBundles;
  readonly table: PredictionTable;
  readonly scoreTimeoutMs: number;
}

export interface ReplacementJob {
  readonly plan: ReplacementPlan;
  readonly stamp: Stamp;
  readonly signal: AbortSignal;
  readonly report: (progress: unknown) => void;
}

/** Files of the target for one window: the shadow scores as served rows, or the snapshot scored again part by part. */
export async function provideReplacement(
  services: ReplacementServices,
  job: ReplacementJob,
  request: ReplacementRequest,
): Promise<readonly TableFile[]> {
  const { window, windowEnd, decisionEpoch } = request;
  const snapshotDigest = request.served[0]?.snapshotDigest ?? '';
  const modelDigest = request.target.modelDigest;
  const { rollbackId } = job.plan;
  const runIdentity = digestOf({ rollbackId, window, served: modelDigest, snapshotDigest });
  const facts = { window, windowEnd, runIdentity, decisionEpoch, snapshotDigest };
  return request.shadows.length === 0
    ? scoreAgain(services, job, { request, facts })
    : serveShadows(services, job, { request, facts });
}

interface Replacement {
  readonly request: ReplacementRequest;
  /** What all files of the window share. */
  readonly facts: Omit<TableFileFacts, 'rows' | 'modelDigest'>;
}

async function serveShadows(
  { store, table, scorer }: ReplacementServices,
  { plan }: ReplacementJob,
  { request, facts }: Replacement,
): Promise<readonly TableFile[]> {
  const shadowFolder = table.folder(plan.pipeline, 'shadow-predictions');
  const files: TableFile[] = [];
  for (const shadow of request.shadows) {
    const stagedPath = await store.stage('replacement', 'parquet');
    const { rows } = await scorer.writeShadowAsServed({
      shadowPath: await store.localPath(storeFileOf(shadowFolder, shadow)),
      runIdentity: facts.runIdentity,
      outputPath: stagedPath,
    });
    const own = { ...facts, rows, modelDigest: request.target.modelDigest };
    files.push(
      await adoptTableFile({ store, table, pipeline: plan.pipeline, name: 'predictions', stagedPath, facts: own }),
    );
  }
  return files;
}

async function scoreAgain(
  services: ReplacementServices,
  { plan, signal }: ReplacementJob,
  { request, facts }: Replacement,
): Promise<readonly TableFile[]> {
  const { target } = request;
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const snapshot = await services.dataset.loadSnapshot(plan.pipeline, facts.snapshotDigest);
  const files: TableFile[] = [];
  for (const [partIndex, part] of snapshot.parts.entries()) {
    const { record } = await scorePart(services, {
      pipeline: plan.pipeline,
      snapshot,
      partIndex,
      openModels: () => openModels(services.bundles, definition, [target]),
      cohort: 'champion',
      facts,
      live: null,
      sliceColumns: [],
      signal,
    });
    assertSound(record, part.rows ?? 0, target);
    files.push(...record.files);
  }
  return files;
}

/** A replacement is not compared with anything, but every row of the part has its one finite score. */
function assertSound({ facts, partIndex }: ShardRecord, rows: number, { version, modelDigest }: ModelRef): void {
  const merged = mergeShardFacts(null, facts);
  const grounds = [...parityGrounds(merged, rows), ...servedGrounds(merged, modelDigest)];
  if (grounds.length === 0) return;
  const problems = grounds.map((found) => ({
    field: `part ${String(partIndex)}`,
    found,
    expected: 'one score for each row',
  }));
  throw new PermanentFailure('MODEL_BAD_OUTPUT', `Version ${version} cannot replace what is served.`, { problems });
}
