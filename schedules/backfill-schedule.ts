import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { optionalDateToTs, requiredTsToDate } from '@temporalio/common/lib/time.js';
import type { Window } from '../domain/window.js';

/** One run that a backfill starts. */
export interface NominalRun {
  /** The nominal time: what the run takes for its data clock. */
  readonly nominalTime: string;
  readonly workflowId: string;
}

/** The server answers with at most this many times, and buffers at most this many starts. */
export const maxNominalRuns = 1_000;

/**
 * The runs that a schedule has in `[start, end)`, as the server itself counts them; null when there is no such schedule.
 */
export async function nominalRuns(
  client: Client,
  scheduleId: string,
  range: Window,
): Promise<readonly NominalRun[] | null> {
  const { start, end } = justBefore(range);
  const times = await client.workflowService
    .listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId,
      startTime: optionalDateToTs(start) ?? null,
      endTime: optionalDateToTs(end) ?? null,
    })
    .catch((error: unknown) => {
      if (isNotFound(error)) return null;
      throw error;
    });
  if (times === null) return null;
  return times.startTime.map((time) => {
    const nominalTime = requiredTsToDate(time, 'startTime').toISOString();
    return { nominalTime, workflowId: `${scheduleId}-${nominalTime.replace('.000Z', 'Z')}` };
  });
}

/** Starts the runs of `[start, end)` one after another, behind what the schedule has under way. */
export async function requestBackfill(client: Client, scheduleId: string, range: Window): Promise<void> {
  const overlap = ScheduleOverlapPolicy.BUFFER_ALL;
  await client.schedule.getHandle(scheduleId).backfill({ ...justBefore(range), overlap });
}

/** True when the schedule has neither a run under way nor one waiting for its turn. */
export async function isScheduleIdle(client: Client, scheduleId: string): Promise<boolean> {
  const { raw } = await client.schedule.getHandle(scheduleId).describe();
  return (raw.info?.runningWorkflows ?? []).length === 0 && Number(raw.info?.bufferSize ?? 0) === 0;
}

/**
 * Servers include the end of a range, and some the start as well. Nominal times lie on whole seconds, so both ends moved
 * by a millisecond give exactly `[start, end)` on all of them.
 */
function justBefore({ start, end }: Window): { readonly start: Date; readonly end: Date } {
  return { start: new Date(Date.parse(start) - 1), end: new Date(Date.parse(end) - 1) };
}

const grpcNotFound = 5;

function isNotFound(error: unknown): boolean {
  if (error instanceof ScheduleNotFoundError) return true;
  return error instanceof Error && Reflect.get(error, 'code') === grpcNotFound;
}
