import type { EvidenceActivities } from '../activities/evidence/evidence-activities.js';
import { controlOptions } from './activity-options.js';
import type { BacktestResult } from './api.js';
import { renderGates } from './cards/gate-card.js';
import { measureGates } from './measure-gates.js';
import { runContext } from './run-context.js';
import { openStatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { beginBacktest } = steps<EvidenceActivities>(controlOptions);

/** Compares a challenger with the champion (or the baseline) on past folds. Changes nothing. */
export async function backtest(input: unknown): Promise<BacktestResult> {
  const board = openStatusBoard('Backtest');
  const plan = await beginBacktest({ input, run: runContext() });
  board.begin(plan);
  const gates = await measureGates(plan, board);
  board.show(
    { phase: 'done', reportDigest: gates.reportDigest },
    renderGates(gates, plan.champion === null ? 'baseline' : 'champion'),
  );
  return {
    ...gates,
    summary: gates.sentence,
    challenger: plan.challenger,
    champion: plan.champion,
  };
}
