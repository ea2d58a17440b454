import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ScorePlan, ScoringActivities, ScoringSnapshot } from '../activities/scoring/scoring-activities.js';
import { computePace, renderRowProgress } from '../domain/row-progress.js';
import { planLadder, stepDownGround, type Rung } from '../domain/score-ladder.js';
import { planShards, type ShardSpan } from '../domain/shard-plan.js';
import { computeOptions } from './activity-options.js';
import { renderScoring } from './cards/score-card.js';
import type { StatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { scoreShard } = steps<ScoringActivities>(computeOptions);

/** A snapshot that is to be scored as a whole, and where progress is shown. */
interface WindowJob {
  readonly plan: ScorePlan;
  readonly snapshot: ScoringSnapshot;
  readonly board: StatusBoard;
}

/** With what the window was scored in the end, and why not with what comes before it on the ladder. */
export interface WindowScores {
  readonly rung: Rung;
  readonly grounds: readonly string[];
}

/** Nothing could score it: why not, rung by rung. */
export interface UnscoredWindow {
  readonly rung: null;
  readonly grounds: readonly string[];
}

/** Goes down the ladder until all parts of the window are scored with one and the same rung, or none is left. */
export async function scoreWindow(job: WindowJob): Promise<WindowScores | UnscoredWindow> {
  const grounds: string[] = [];
  for (const rung of planLadder(job.plan)) {
    const why = await scoreRung(job, rung);
    if (why === null) return { rung, grounds };
    grounds.push(stepDownGround(rung, why));
  }
  return { rung: null, grounds };
}

/**
 * Scores all shards at once, as far as there are free slots. Why the models cannot, or null when they did. The first
 * shard whose model fails ends the others: their rows would not be used.
 */
async function scoreRung(job: WindowJob, rung: Rung): Promise<string | null> {
  const shards = new CancellationScope();
  const finished = showProgress(job, rung);
  const failures: string[] = [];
  const runShard = async (span: ShardSpan): Promise<void> => {
    const { plan, snapshot } = job;
    const result = await scoreShard({ plan, snapshot, rung, span });
    if (result.status === 'scored') {
      finished(result.rows);
    } else {
      failures.push(result.why);
      shards.cancel();
    }
  };
  try {
    await shards.run(() => Promise.all(planShards(job.snapshot.parts).map(runShard)));
  } catch (error) {
    shards.cancel();
    if (failures.length === 0 || !isCancellation(error)) throw error;
  }
  return failures[0] ?? null;
}

/** One update of the card for each shard that ends; in between the activities' heartbeats say more. */
function showProgress({ plan, snapshot, board }: WindowJob, rung: Rung): (rows: number) => void {
  const { rows } = snapshot;
  const startedMs = Date.now();
  let rowsDone = 0;
  const show = (): void => {
    const pace = computePace({ rowsDone, rows, elapsedMs: Date.now() - startedMs });
    board.show(
      { phase: 'scoring', rowsDone, rows },
      renderScoring(plan, rung, renderRowProgress(rowsDone, rows, pace)),
    );
  };
  show();
  return (more) => {
    rowsDone += more;
    show();
  };
}
