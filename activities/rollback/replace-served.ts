import { PermanentFailure } from '../../domain/failure-types.js';
import {
  describeRestoredShares,
  replacedDecisionsOf,
  type ReplacedDecisions,
} from '../../domain/replaced-decisions.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import { replacePredictions, type ReplacedWindow } from '../publication/replace-predictions.js';
import { windowOf } from '../window-partition.js';
import { writeCorrectionFile, type Corrections } from './correction-file.js';
import { provideReplacement, type ReplacementJob, type ReplacementServices } from './provide-replacement.js';
import type { ReplacedPredictions } from './rollback-plan.js';

export type { ReplacementJob, ReplacementServices };

/**
 * Replaces everything the revoked version serves, all windows in one commit, and writes down whose decision changed.
 * Scores come from the shadow table where the target scored along, else the target scores the pinned snapshot again.
 */
export async function replaceServed(services: ReplacementServices, job: ReplacementJob): Promise<ReplacedPredictions> {
  const { plan, stamp } = job;
  const { store, table } = services;
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
      job.report({ window: request.window, from: request.shadows.length === 0 ? 'scored again' : 'shadow scores' });
      return provideReplacement(services, job, request);
    },
  });
  crashPoint('after-replace');
  job.onServed?.();
  const corrections = await writeCorrectionFile(services, {
    pipeline: plan.pipeline,
    rollbackId: plan.rollbackId,
    windows: replaced.windows,
  });
  const decisions = await judgeDecisions(services, job, corrections);
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
      ...decisions,
    },
    stamp,
  });
  const windows = replaced.windows.map(({ window }) => window);
  const rescored = replaced.windows.filter(isRescored).length;
  return {
    summary: `Version ${plan.to.version} is champion again; ${corrections.rowsReplaced.toLocaleString('en-US')} predictions of version ${plan.from.version} in ${windows.length} window(s) were replaced, ${corrections.decisionsChanged.toLocaleString('en-US')} decisions changed.`,
    windows,
    rowsReplaced: corrections.rowsReplaced,
    decisionsChanged: corrections.decisionsChanged,
    fromShadow: windows.length - rescored,
    rescored,
    correctionFile: corrections.file?.path ?? null,
    tableVersion: replaced.version,
    ...decisions,
  };
}

/** A definition that can no longer be read warns of nothing: the rows are replaced already, and their counts stand. */
async function judgeDecisions(
  { definitions }: Pick<ReplacementServices, 'definitions'>,
  { plan }: Pick<ReplacementJob, 'plan'>,
  corrections: Corrections,
): Promise<ReplacedDecisions> {
  const definition = await definitions.loadPinned(plan.definitionDigest).catch((error: unknown) => {
    if (error instanceof PermanentFailure) return null;
    throw error;
  });
  const warnings =
    definition === null ? [] : describeRestoredShares(corrections.windows, definition.decision.positiveRate);
  return { ...replacedDecisionsOf(corrections), ...(warnings.length === 0 ? {} : { warnings }) };
}

/** Shadow scores go on to name the run that was served before; rows that were scored again name the rollback's own. */
function isRescored({ removed, added }: ReplacedWindow): boolean {
  const runs = new Set(removed.map(({ runIdentity }) => runIdentity));
  return added.some(({ runIdentity }) => !runs.has(runIdentity));
}
