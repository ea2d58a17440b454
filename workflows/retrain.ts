import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { RetrainPlan, TrainingActivities } from '../activities/training/training-activities.js';
import { formatWindow } from '../domain/window.js';
import { computeOptions, controlOptions, registryOptions, trainOptions } from './activity-options.js';
import type { RetrainResult } from './api.js';
import { renderRetrainResult } from './cards/retrain-card.js';
import { promote } from './promote.js';
import { whenRegistryAnswers } from './registry-patience.js';
import { runContext, stampNow } from './run-context.js';
import { openStatusBoard, type StatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { beginRetrain } = steps<TrainingActivities>(controlOptions);
const { buildTrainingSnapshot } = steps<TrainingActivities>(computeOptions);
const { trainModel } = steps<TrainingActivities>(trainOptions);
const { registerModel } = steps<TrainingActivities>(registryOptions);

/** Trains and registers a challenger when the retrain rule or a person wants one, and hands it to a promotion. */
export async function retrain(input: unknown): Promise<RetrainResult> {
  const board = openStatusBoard('Retrain');
  const run = runContext();
  const plan = await beginRetrain({ input, run, at: stampNow(run, { name: 'retrain', kind: 'workflow' }).at });
  board.begin(plan);
  const result = plan.decision === 'skip' ? skipped(plan) : await trainAndRegister(plan, run, board);
  board.show({ phase: result.status, waitingFor: null }, renderRetrainResult(result, workflowInfo().namespace));
  return result;
}

function skipped(plan: RetrainPlan): RetrainResult {
  const summary = `No retraining: ${plan.grounds.join('; ')}.`;
  return { status: 'skipped', summary, grounds: plan.grounds, model: null, metrics: {}, promotionWorkflowId: null };
}

async function trainAndRegister(
  plan: RetrainPlan,
  run: ReturnType<typeof runContext>,
  board: StatusBoard,
): Promise<RetrainResult> {
  board.show({ phase: 'building the training snapshot' });
  const snapshot = await buildTrainingSnapshot(plan);
  for (const warning of snapshot.warnings ?? []) board.note(warning);
  board.show({
    phase: `training on ${snapshot.labelledRows.toLocaleString('en-US')} labelled rows`,
    rows: snapshot.labelledRows,
  });
  const trained = await trainModel({ plan, snapshot });
  board.show({ phase: 'registering the version' });
  const { model, isNew } = await whenRegistryAnswers(board, 'registration', () =>
    registerModel({ plan, trained, stamp: stampNow(run, plan.actor) }),
  );
  const promotionWorkflowId = plan.promote && isNew ? await startPromotion(plan, model.version, board) : null;
  return {
    status: isNew ? 'trained' : 'unchanged',
    summary: isNew
      ? `Version ${model.version} was trained on ${formatWindow(plan.windows.training)}.`
      : `Training gave version ${model.version} again, to the last byte; nothing new was registered.`,
    grounds: plan.grounds,
    model,
    metrics: trained.metrics,
    promotionWorkflowId,
  };
}

/** The promotion outlives this run: it may wait days for a person, and a schedule must never wait with it. */
async function startPromotion(plan: RetrainPlan, version: string, board: StatusBoard): Promise<string> {
  const workflowId = `promote/${plan.pipeline}/v${version}`;
  const args = { pipeline: plan.pipeline, version, asOf: plan.asOf, by: plan.actor.name, reason: plan.reason };
  try {
    await startChild(promote, {
      workflowId,
      args: [args],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Promote ${plan.pipeline} version ${version}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    board.note(`A promotion of version ${version} runs already.`);
  }
  return workflowId;
}
