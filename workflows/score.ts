import { proxyActivities } from '@temporalio/workflow';
import type { ScoringActivities } from '../activities/scoring/scoring-activities.js';
import { computeOptions, controlOptions } from './activity-options.js';
import type { ScoreResult } from './api.js';
import { renderScorePlan, renderScoreResult } from './cards/score-card.js';
import { runContext, stampNow } from './run-context.js';
import { openStatusBoard } from './status-board.js';

const { beginScore, publishScores } = proxyActivities<ScoringActivities>(controlOptions);
const { buildScoringSnapshot, scoreWindow } = proxyActivities<ScoringActivities>(computeOptions);

/** A rollback can overtake a run once or twice; a run that is overtaken more often has a reason to look at. */
const maxPinnings = 3;

/** Scores one window with the champion of the pinned epoch and publishes it, audited, in one commit. */
export async function score(input: unknown): Promise<ScoreResult> {
  const board = openStatusBoard('Score');
  const run = runContext();
  let result: ScoreResult | undefined;
  for (let pinning = 0; pinning < maxPinnings && (result === undefined || result.status === 'revoked'); pinning++) {
    result = await scoreOnce(input, run, board);
  }
  if (result === undefined) throw new TypeError('unreachable: the first pinning always has a result');
  board.show({ phase: result.status }, renderScoreResult(result));
  return result;
}

async function scoreOnce(
  input: unknown,
  run: ReturnType<typeof runContext>,
  board: ReturnType<typeof openStatusBoard>,
): Promise<ScoreResult> {
  board.show({ phase: 'fixing the pins' });
  const plan = await beginScore({ input, run });
  board.show({ phase: 'building the snapshot' }, renderScorePlan(plan));
  const snapshot = await buildScoringSnapshot(plan);
  for (const warning of snapshot.warnings ?? []) board.note(warning);
  board.show({ phase: 'scoring and auditing', rows: snapshot.rows });
  const scored = await scoreWindow({ plan, snapshot });
  board.show({ phase: 'publishing', rowsDone: scored.rows });
  return publishScores({ plan, scored, stamp: stampNow(run, plan.actor) });
}
