import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { isScheduleIdle, type NominalRun } from '../schedules/backfill-schedule.js';
import type { ScheduledType } from '../schedules/desired-schedule.js';
import { rowOfFailure, rowOfResult, type BackfillRow } from './backfill-rows.js';
import { CommandFailure } from './command-error.js';
import { exitCodes } from './exit-codes.js';
import { followWorkflow } from './follow-workflow.js';
import type { Progress } from './progress.js';
import { latestRunId, type StartedBackfill } from './start-backfill.js';
import type { WorkflowResults } from './workflow-outcomes.js';

interface Following {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Follows the runs in the order in which the schedule starts them. Ends early, with what it has, when stopped. */
export async function followBackfill(
  client: Client,
  backfill: StartedBackfill,
  following: Following,
): Promise<readonly BackfillRow[]> {
  const rows: BackfillRow[] = [];
  for (const run of backfill.runs) {
    const runId = await awaitStart(client, backfill, run, following.signal);
    if (runId === null) break;
    following.progress.tell(run.workflowId);
    const row = await followRun(client, backfill.type, { ...run, runId }, following);
    if (row === null) break;
    rows.push(row);
  }
  return rows;
}

async function followRun(
  client: Client,
  type: ScheduledType,
  run: NominalRun & { readonly runId: string },
  following: Following,
): Promise<BackfillRow | null> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  try {
    const followed = await followWorkflow<WorkflowResults[typeof type]>({ handle, ...following });
    return followed.status === 'completed' ? rowOfResult(run, type, followed.result) : null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return rowOfFailure(run, error);
  }
}

const pollMs = 200;
/** A schedule hands over to its next run within a second; one that is idle this long has lost the start. */
const maxIdlePolls = 100;

/** The id of the new run; null when following was stopped. */
async function awaitStart(
  client: Client,
  { scheduleId, earlier }: StartedBackfill,
  run: NominalRun,
  signal: AbortSignal,
): Promise<string | null> {
  for (let idlePolls = 0; !signal.aborted;) {
    const runId = await latestRunId(client, run.workflowId);
    if (runId !== null && runId !== earlier.get(run.workflowId)) return runId;
    if (idlePolls >= maxIdlePolls) throw neverStarted(scheduleId, run);
    idlePolls = (await isScheduleIdle(client, scheduleId)) ? idlePolls + 1 : 0;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

function neverStarted(scheduleId: string, { workflowId }: NominalRun): CommandFailure {
  return new CommandFailure(
    'BACKFILL_NOT_STARTED',
    exitCodes.failed,
    `Schedule ${scheduleId} is idle, but ${workflowId} was never started. Was the schedule deleted or changed meanwhile?`,
    { example: `temporal schedule describe --schedule-id ${scheduleId}` },
  );
}
