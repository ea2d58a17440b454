import { rm } from 'node:fs/promises';
import { digestOf } from '../../contracts/digest.js';
import { parityGrounds, servedGrounds } from '../../domain/audit/decide-audit.js';
import { mergeShardFacts } from '../../domain/audit/window-facts.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { rowsOf } from '../../domain/rollback.js';
import type { ShardRecord } from '../../domain/shard-record.js';
import type { Stamp } from '../../workflows/run-context.js';
import type { ReplacementRequest } from '../publication/replace-predictions.js';
import { adoptShadowFile, adoptTableFile, storeFileOf, type TableFileFacts } from '../publication/table-file.js';
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
  /** Hears when readers see the target's predictions, before the correction file is written. */
  readonly onServed?: () => void;
}

/**
 * Files of the target for the rows that a window loses: the shadow scores, which become served ones as they are, or the
 * snapshot scored again part by part.
 */
export async function provideReplacement(
  services: ReplacementServices,
  job: ReplacementJob,
  request: ReplacementRequest,
): Promise<readonly TableFile[]> {
  return request.shadows.length === 0
    ? scoreAgain(services, job, request)
    : serveShadows(services, job.plan.pipeline, request);
}

/** Nothing is scored or written again: a rollback of many windows takes as long as naming their files. */
function serveShadows(
  { store, table }: ReplacementServices,
  pipeline: string,
  { shadows, decisionEpoch }: ReplacementRequest,
): Promise<readonly TableFile[]> {
  return Promise.all(shadows.map((shadow) => adoptShadowFile({ store, table, pipeline, shadow, decisionEpoch })));
}

async function scoreAgain(
  services: ReplacementServices,
  { plan, signal }: ReplacementJob,
  request: ReplacementRequest,
): Promise<readonly TableFile[]> {
  const { target, window, windowEnd, decisionEpoch } = request;
  const snapshotDigest = request.served[0]?.snapshotDigest ?? '';
  const { rollbackId } = plan;
  const runIdentity = digestOf({ rollbackId, window, served: target.modelDigest, snapshotDigest });
  const facts = { window, windowEnd, runIdentity, decisionEpoch, snapshotDigest };
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const snapshot = await services.dataset.loadSnapshot(plan.pipeline, snapshotDigest);
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
  return request.keptRows === 0 ? files : keepLostRows(services, plan.pipeline, { request, facts, files });
}

interface ScoredWhole {
  readonly request: ReplacementRequest;
  /** What all files of the window share. */
  readonly facts: Omit<TableFileFacts, 'rows' | 'modelDigest'>;
  /** The target's scores of the whole window. */
  readonly files: readonly TableFile[];
}

/** Only the rows that the revoked files had: those of the other cohort stay served as they are. */
async function keepLostRows(
  { store, table, scorer }: ReplacementServices,
  pipeline: string,
  { request, facts, files }: ScoredWhole,
): Promise<readonly TableFile[]> {
  const folder = table.folder(pipeline, 'predictions');
  const localPath = (file: TableFile): Promise<string> => store.localPath(storeFileOf(folder, file));
  const keyPaths = await Promise.all(request.served.map(localPath));
  const kept: TableFile[] = [];
  for (const file of files) {
    const stagedPath = await store.stage('replacement', 'parquet');
    const rows = await scorer.writeRowsOf({ scoredPath: await localPath(file), keyPaths, outputPath: stagedPath });
    const own = { ...facts, rows, modelDigest: file.modelDigest };
    if (rows === 0) await rm(stagedPath, { force: true });
    else kept.push(await adoptTableFile({ store, table, pipeline, name: 'predictions', stagedPath, facts: own }));
  }
  assertAllReplaced(request, kept);
  return kept;
}

function assertAllReplaced(request: ReplacementRequest, kept: readonly TableFile[]): void {
  const found = rowsOf(kept);
  const expected = rowsOf(request.served);
  if (found === expected) return;
  throw new PermanentFailure('STORE_MISMATCH', 'A window cannot be replaced: its snapshot lacks rows that it serves.', {
    problems: [
      { field: `window ${request.window}`, found: `${String(found)} rows`, expected: `${String(expected)} rows` },
    ],
  });
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
