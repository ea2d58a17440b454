import { isCancellation, patched, rootCause } from '@temporalio/workflow';
import type { MeasuredProbe } from '../activities/evidence/measure-probe.js';
import type { EvidenceActivities } from '../activities/evidence/evidence-activities.js';
import type { TrainingActivities, TrainingPlan } from '../activities/training/training-activities.js';
import type { ProbeName } from '../domain/gates/probes.js';
import { formatWindow } from '../domain/window.js';
import { computeOptions, registryOptions, trainOptions } from './activity-options.js';
import type { GateOutcome } from './api.js';
import { whenRegistryAnswers } from './registry-patience.js';
import type { StatusBoard } from './status-board.js';
import type { EvaluatedFold, EvidencePlan, PlannedFold } from '../activities/evidence/evidence-plan.js';
import { steps } from './steps.js';

const { evaluateFold, measureProbe, assembleGateReport } = steps<EvidenceActivities>(computeOptions);
const { buildTrainingSnapshot } = steps<TrainingActivities>(computeOptions);
const { trainModel } = steps<TrainingActivities>(trainOptions);
const { logGateReport } = steps<EvidenceActivities>(registryOptions);

/** Two folds keep a worker's cores busy and leave room for the scoring of others. */
const foldsAtOnce = 2;

/** Measures every fold in steps of its own, and turns the folds into one gate report. */
export async function measureGates(plan: EvidencePlan, board: StatusBoard): Promise<GateOutcome> {
  const folds = await measureFolds(plan, board);
  const probes = plan.probes === undefined ? {} : { probes: await measureProbes(plan.probes, { plan, folds, board }) };
  board.show({ phase: 'comparing, checking the gates, writing the report' });
  const report = await assembleGateReport({ plan, folds, ...probes });
  board.show({ verdict: report.verdict });
  const reportUrl = await whenRegistryAnswers(board, 'logging the report', () => logGateReport({ plan, report }));
  board.show({ waitingFor: null });
  return { ...report, reportUrl };
}

interface Probing {
  readonly plan: EvidencePlan;
  readonly folds: readonly EvaluatedFold[];
  readonly board: StatusBoard;
}

/** What only explains the report is no reason to have none. */
const explanations: ReadonlySet<ProbeName> = new Set(['importance', 'drift']);

async function measureProbes(asked: readonly ProbeName[], { plan, folds, board }: Probing) {
  const measured: MeasuredProbe[] = [];
  for (const probe of asked) {
    board.show({ phase: `measuring ${probe}` });
    try {
      measured.push(await measureProbe({ plan, folds, probe }));
    } catch (error) {
      if (isCancellation(error) || !explanations.has(probe)) throw error;
      board.note(`The report goes without ${probe}: ${rootCause(error) ?? 'it could not be measured'}.`);
    }
  }
  return measured;
}

/** In as many lanes as may run at once; runs from before there were lanes have one. */
async function measureFolds(plan: EvidencePlan, board: StatusBoard): Promise<readonly EvaluatedFold[]> {
  const waiting = [...plan.folds];
  const measured: EvaluatedFold[] = [];
  const lane = async (): Promise<void> => {
    for (let fold = waiting.shift(); fold !== undefined; fold = waiting.shift()) {
      board.show({ phase: `backtest: fold ${fold.index + 1} of ${plan.folds.length}, ${formatWindow(fold.window)}` });
      measured.push(await measureFold(plan, fold));
    }
  };
  const lanes = patched('folds-at-once') ? foldsAtOnce : 1;
  await Promise.all(Array.from({ length: lanes }, lane));
  return measured.sort((a, b) => a.index - b.index);
}

/** Both sides score the fold; where they are trained for it, each training is a step that can be tried again. */
async function measureFold(plan: EvidencePlan, fold: PlannedFold): Promise<EvaluatedFold> {
  if (fold.refit === undefined) return evaluateFold({ plan, fold });
  const challenger = await train(fold.refit.challenger);
  const champion = fold.refit.champion === null ? null : await train(fold.refit.champion);
  return evaluateFold({ plan, fold, refitted: { challenger, champion } });
}

async function train(plan: TrainingPlan): Promise<string> {
  const snapshot = await buildTrainingSnapshot(plan);
  return (await trainModel({ plan, snapshot })).modelDigest;
}
