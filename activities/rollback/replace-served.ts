import { digestOf, sha256Hex } from '../../contracts/digest.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import {
  replacePredictions,
  type ReplacedWindow,
  type ReplacementRequest,
} from '../publication/replace-predictions.js';
import { adoptTableFile, storeFileOf } from '../publication/table-file.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { PredictionTable, TableFile } from '../ports/prediction-table.js';
import type { Scorer } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';
import { withStagedFile } from '../staged-file.js';
import { windowOf } from '../window-partition.js';
import type { ReplacedPredictions, RollbackPlan } from './rollback-plan.js';

export interface ReplacementServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly scorer: Scorer;
  readonly bundles: ModelBundles;
  readonly table: PredictionTable;
  readonly scoreTimeoutMs: number;
}

interface ReplacementJob {
  readonly plan: RollbackPlan;
  readonly stamp: Stamp;
  readonly signal: AbortSignal;
  readonly report: (progress: unknown) => void;
}

/**
 * Replaces everything the revoked version serves, all windows in one commit, and writes down whose decision changed.
 * Scores come from the shadow table where the target scored along, else the target scores the pinned snapshot again.
 */
export async function replaceServed(services: ReplacementServices, job: ReplacementJob): Promise<ReplacedPredictions> {
  const { plan, stamp } = job;
  const { store, table } = services;
  const rescoredWindows = new Set<string>();
  crashPoint('before-replace');
  const replaced = await replacePredictions({
    store,
    table,
    pipeline: plan.pipeline,
    rollbackId: plan.rollbackId,
    info: {
      at: stamp.at,
      workflowId: stamp.workflow.workflowId,
      workflowRunId: stamp.workflow.runId,
      reason: plan.reason,
    },
    async provide(request) {
      if (request.shadow === null) rescoredWindows.add(request.window);
      job.report({ window: request.window, from: request.shadow === null ? 'scored again' : 'shadow scores' });
      return provideReplacement(services, job, request);
    },
  });
  crashPoint('after-replace');
  const corrections = await writeCorrectionFile(services, plan, replaced.windows);
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `replaced/${plan.rollbackId}`,
    reason: plan.reason,
    event: {
      type: 'predictions-replaced',
      rollbackId: plan.rollbackId,
      tableVersion: replaced.version,
      windows: replaced.windows.map(windowOf),
      rowsReplaced: corrections.rowsReplaced,
      decisionsChanged: corrections.decisionsChanged,
      correctionFile: corrections.file,
    },
    stamp,
  });
  const windows = replaced.windows.map(({ window }) => window);
  return {
    summary: `Version ${plan.to.version} is champion again; ${corrections.rowsReplaced.toLocaleString('en-US')} predictions of version ${plan.from.version} in ${windows.length} window(s) were replaced, ${corrections.decisionsChanged.toLocaleString('en-US')} decisions changed.`,
    windows,
    rowsReplaced: corrections.rowsReplaced,
    decisionsChanged: corrections.decisionsChanged,
    fromShadow: windows.length - rescoredWindows.size,
    rescored: rescoredWindows.size,
    correctionFile: corrections.file?.path ?? null,
    tableVersion: replaced.version,
  };
}

async function provideReplacement(
  services: ReplacementServices,
  job: ReplacementJob,
  request: ReplacementRequest,
): Promise<TableFile | null> {
  const { store, table } = services;
  const { plan } = job;
  const snapshotDigest = request.served[0]?.snapshotDigest ?? '';
  const runIdentity = digestOf({
    rollbackId: plan.rollbackId,
    window: request.window,
    served: request.target.modelDigest,
    snapshotDigest,
  });
  const stagedPath = await store.stage('replacement', 'parquet');
  const { rows } =
    request.shadow === null
      ? await scoreAgain(services, job, { request, snapshotDigest, runIdentity, outputPath: stagedPath })
      : await services.scorer.writeShadowAsServed({
          shadowPath: await store.localPath(
            storeFileOf(table.folder(plan.pipeline, 'shadow-predictions'), request.shadow),
          ),
          runIdentity,
          outputPath: stagedPath,
        });
  const { window, windowEnd, decisionEpoch } = request;
  const facts = {
    rows,
    window,
    windowEnd,
    runIdentity,
    modelDigest: request.target.modelDigest,
    decisionEpoch,
    snapshotDigest,
  };
  return adoptTableFile({ store, table, pipeline: plan.pipeline, name: 'predictions', stagedPath, facts });
}

interface Rescoring {
  readonly request: ReplacementRequest;
  readonly snapshotDigest: string;
  readonly runIdentity: string;
  readonly outputPath: string;
}

async function scoreAgain(
  services: ReplacementServices,
  { plan, signal }: ReplacementJob,
  rescoring: Rescoring,
): Promise<{ readonly rows: number }> {
  const { dataset, scorer, bundles } = services;
  const { target } = rescoring.request;
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const snapshot = await dataset.loadSnapshot(plan.pipeline, rescoring.snapshotDigest);
  const { bundlePath, manifest } = await bundles.open(target.modelDigest);
  const model = { kind: 'onnx', modelDigest: target.modelDigest, bundlePath } as const;
  const parts = await dataset.localParts(snapshot);
  const timeoutMs = services.scoreTimeoutMs;
  return withStagedFile(services.store, 'scores', async (scoredPath) => {
    await scorer.score({ definition, snapshot, parts, models: [model], outputPath: scoredPath, timeoutMs, signal });
    return scorer.writePublication({
      scoredPath,
      modelIndex: 0,
      modelDigest: target.modelDigest,
      decisionThreshold: manifest.decisionThreshold,
      cohort: 'champion',
      runIdentity: rescoring.runIdentity,
      outputPath: rescoring.outputPath,
    });
  });
}

interface Corrections {
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  readonly file: FileRef | null;
}

/** One Parquet file with the rows whose score or decision changed, old and new, for those who acted on the old ones. */
async function writeCorrectionFile(
  { scorer, store, table }: ReplacementServices,
  plan: RollbackPlan,
  windows: readonly ReplacedWindow[],
): Promise<Corrections> {
  const folder = table.folder(plan.pipeline, 'predictions');
  const pairs = [];
  for (const { window, removed, added } of windows) {
    const old = removed[0];
    if (old === undefined || added === null) continue;
    pairs.push({
      window,
      oldPath: await store.localPath(storeFileOf(folder, old)),
      newPath: await store.localPath(storeFileOf(folder, added)),
    });
  }
  if (pairs.length === 0) return { rowsReplaced: 0, decisionsChanged: 0, file: null };
  const outputPath = await store.stage('corrections', 'parquet');
  const counted = await scorer.writeCorrections({ pairs, outputPath });
  const file = await store.adopt(
    outputPath,
    ({ sha256 }) =>
      `corrections/${plan.pipeline}/${sha256Hex(plan.rollbackId).slice(0, 12)}-${sha256.slice(0, 12)}.parquet`,
  );
  return { rowsReplaced: counted.rowsReplaced, decisionsChanged: counted.decisionsChanged, file };
}
