import { sha256Hex } from '../../contracts/digest.js';
import type { FileRef } from '../../domain/model-ref.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { replacePredictions, type ReplacedWindow } from '../publication/replace-predictions.js';
import { storeFileOf } from '../publication/table-file.js';
import type { TableFile } from '../ports/prediction-table.js';
import { windowOf } from '../window-partition.js';
import { provideReplacement, type ReplacementJob, type ReplacementServices } from './provide-replacement.js';
import type { ReplacedPredictions, ReplacementPlan } from './rollback-plan.js';

export type { ReplacementServices };

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
      const isRescored = request.shadows.length === 0;
      if (isRescored) rescoredWindows.add(request.window);
      job.report({ window: request.window, from: isRescored ? 'scored again' : 'shadow scores' });
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

interface Corrections {
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  readonly file: FileRef | null;
}

/** One Parquet file with the rows whose score or decision changed, old and new, for those who acted on the old ones. */
async function writeCorrectionFile(
  { scorer, store, table }: ReplacementServices,
  plan: ReplacementPlan,
  windows: readonly ReplacedWindow[],
): Promise<Corrections> {
  const folder = table.folder(plan.pipeline, 'predictions');
  const localPaths = (files: readonly TableFile[]): Promise<readonly string[]> =>
    Promise.all(files.map((file) => store.localPath(storeFileOf(folder, file))));
  const pairs = [];
  for (const { window, removed, added } of windows) {
    if (removed.length === 0 || added.length === 0) continue;
    pairs.push({ window, oldPaths: await localPaths(removed), newPaths: await localPaths(added) });
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
