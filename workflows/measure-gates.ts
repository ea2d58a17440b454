import { proxyActivities } from '@temporalio/workflow';
import type { EvidenceActivities } from '../activities/evidence/evidence-activities.js';
import { formatWindow } from '../domain/window.js';
import { computeOptions, registryOptions } from './activity-options.js';
import type { GateOutcome } from './api.js';
import { whenRegistryAnswers } from './registry-patience.js';
import type { StatusBoard } from './status-board.js';
import type { EvidencePlan } from '../activities/evidence/evidence-plan.js';

const { evaluateFold, measureProbe, assembleGateReport } = proxyActivities<EvidenceActivities>(computeOptions);
const { logGateReport } = proxyActivities<EvidenceActivities>(registryOptions);

/** Scores both sides on every fold, one retryable step a fold, and turns the folds into one gate report. */
export async function measureGates(plan: EvidencePlan, board: StatusBoard): Promise<GateOutcome> {
  const folds = [];
  for (const fold of plan.folds) {
    board.show({
      phase: `backtest: fold ${fold.index + 1} of ${plan.folds.length}, ${formatWindow(fold.window)}`,
    });
    folds.push(await evaluateFold({ plan, fold }));
  }
  const probes = [];
  for (const probe of plan.probes ?? []) {
    board.show({ phase: `measuring ${probe}` });
    const measured = await measureProbe({ plan, folds, probe });
    if (measured !== null) probes.push(measured);
  }
  board.show({ phase: 'comparing, checking the gates, writing the report' });
  const report = await assembleGateReport({ plan, folds, probes });
  const reportUrl = await whenRegistryAnswers(board, 'logging the report', () => logGateReport({ plan, report }));
  board.show({ waitingFor: null });
  return { ...report, reportUrl };
}
