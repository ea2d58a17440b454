import type { ScoringActivities } from '../activities/scoring/scoring-activities.js';
import { auditOptions, computeOptions, controlOptions } from './activity-options.js';
import { newsSignals, type ScoreResult } from './api.js';
import { renderScorePlan, renderScoreResult } from './cards/score-card.js';
import { tell } from './promotion/news.js';
import { runContext, stampNow } from './run-context.js';
import { scoreWindow } from './score-window.js';
import { openStatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { beginScore, holdInvalidWindow, keepUnscoredWindow } = steps<ScoringActivities>(controlOptions);
const { buildScoringSnapshot } = steps<ScoringActivities>(computeOptions);
const { publishScores } = steps<ScoringActivities>(auditOptions);

/** A rollback or another run can overtake a run once or twice; one that is overtaken more often has a reason to look at. */
const maxPinnings = 3;

/** Scores one window with the champion of the pinned epoch and publishes it, audited, in one commit. */
export async function score(input: unknown): Promise<ScoreResult> {
  const board = openStatusBoard('Score');
  const run = runContext();
  let result = await scoreOnce(input, run, board);
  for (let pinning = 1; pinning < maxPinnings && isOvertaken(result); pinning++) {
    result = await scoreOnce(input, run, board);
  }
  board.show({ phase: result.status }, renderScoreResult(result));
  if (result.promotionWorkflowId !== undefined)
    await tell(board, result.promotionWorkflowId, newsSignals.cyclePublished);
  return result;
}

/** The ledger or the table moved on under the run's pins: with new ones it may well be published. */
function isOvertaken({ status }: ScoreResult): boolean {
  return status === 'revoked' || status === 'overtaken';
}

async function scoreOnce(
  input: unknown,
  run: ReturnType<typeof runContext>,
  board: ReturnType<typeof openStatusBoard>,
): Promise<ScoreResult> {
  board.show({ phase: 'fixing the pins' });
  const plan = await beginScore({ input, run });
  board.begin(plan);
  board.show({ phase: 'building the snapshot' }, renderScorePlan(plan));
  const snapshot = await buildScoringSnapshot(plan);
  if (snapshot.isStopped === true) return holdInvalidWindow({ plan, snapshot, stamp: stampNow(run, plan.actor) });
  for (const warning of snapshot.warnings ?? []) board.note(warning);
  const { rung, grounds } = await scoreWindow({ plan, snapshot, board });
  if (rung === null) {
    // A run that came here before there was this rung failed at once, so no open history is replayed differently.
    return keepUnscoredWindow({ plan, snapshot, grounds, stamp: stampNow(run, plan.actor) });
  }
  board.show({ phase: 'auditing and publishing', rowsDone: snapshot.rows }, renderScorePlan(plan));
  return publishScores({ plan, snapshot, rung, grounds, stamp: stampNow(run, plan.actor) });
}
