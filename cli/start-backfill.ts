import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { PermanentFailure } from '../domain/failure-types.js';
import type { Window } from '../domain/window.js';
import { maxNominalRuns, nominalRuns, requestBackfill, type NominalRun } from '../schedules/backfill-schedule.js';
import { scheduleIdOf, type ScheduledType } from '../schedules/desired-schedule.js';
import { CommandFailure } from './command-error.js';
import { exitCodes } from './exit-codes.js';

/** A backfill that the server has taken. */
export interface StartedBackfill {
  readonly scheduleId: string;
  readonly type: ScheduledType;
  readonly runs: readonly NominalRun[];
  /** Run ids that existed before, by workflow id: a window may be backfilled again. */
  readonly earlier: ReadonlyMap<string, string>;
}

/**
 * Asks the real schedule for every nominal time in `[range.start, range.end)`. Throws SCHEDULE_NOT_FOUND, and
 * INVALID_INPUT for a range with no run or too many.
 */
export async function startBackfill(
  client: Client,
  asked: { readonly pipeline: string; readonly type: ScheduledType; readonly range: Window },
): Promise<StartedBackfill> {
  const { pipeline, type, range } = asked;
  const scheduleId = scheduleIdOf(type, pipeline);
  const runs = checkRuns(scheduleId, pipeline, range, await nominalRuns(client, scheduleId, range));
  const earlier = await findEarlierRuns(client, runs);
  await requestBackfill(client, scheduleId, range);
  return { scheduleId, type, runs, earlier };
}

function checkRuns(
  scheduleId: string,
  pipeline: string,
  range: Window,
  runs: readonly NominalRun[] | null,
): readonly NominalRun[] {
  if (runs === null) {
    const text = `There is no schedule ${scheduleId} on the server.`;
    const example = `gauntlet schedules apply ${pipeline}`;
    throw new CommandFailure('SCHEDULE_NOT_FOUND', exitCodes.badInput, text, { example });
  }
  if (runs.length > 0 && runs.length < maxNominalRuns) return runs;
  const found = runs.length === 0 ? 'no nominal time' : `${String(maxNominalRuns)} nominal times or more`;
  throw new PermanentFailure('INVALID_INPUT', `Schedule ${scheduleId} does not fit this range.`, {
    problems: [
      {
        field: '--from, --to',
        found: `${found} from ${range.start} to before ${range.end}`,
        expected: `1 to ${String(maxNominalRuns - 1)} nominal times`,
      },
    ],
    example: `gauntlet backfill ${pipeline} --from 2001-03-01 --to 2001-03-08`,
  });
}

async function findEarlierRuns(client: Client, runs: readonly NominalRun[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const atOnce = 20;
  for (let first = 0; first < runs.length; first += atOnce) {
    const batch = runs.slice(first, first + atOnce).map(async ({ workflowId }) => {
      const runId = await latestRunId(client, workflowId);
      if (runId !== null) found.set(workflowId, runId);
    });
    await Promise.all(batch);
  }
  return found;
}

/** The latest run of a workflow id; null when there never was one. */
export async function latestRunId(client: Client, workflowId: string): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).runId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
