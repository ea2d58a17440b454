import type { ScheduleClient } from '@temporalio/client';
import { ownerMemo } from './desired-schedule.js';

/** A schedule of ours as it stands on the server. */
export interface ListedSchedule {
  readonly scheduleId: string;
  readonly pipeline: string;
  readonly paused: boolean;
  /** A person's note, or why it was created paused. */
  readonly note: string;
  /** Nominal times to come, also those of a paused schedule. */
  readonly nextTimes: readonly string[];
  /** Id of the latest run it started. */
  readonly lastRun: string | null;
}

/** Every schedule that carries our mark, by id. A schedule that was just made may be missing for a moment. */
export async function listSchedules(
  client: ScheduleClient,
  pipeline: string | null,
): Promise<readonly ListedSchedule[]> {
  const schedules: ListedSchedule[] = [];
  for await (const { scheduleId, memo, state, info } of client.list()) {
    const owner = memo?.[ownerMemo];
    if (typeof owner !== 'string' || (pipeline !== null && owner !== pipeline)) continue;
    schedules.push({
      scheduleId,
      pipeline: owner,
      paused: state.paused,
      note: state.note ?? '',
      nextTimes: info.nextActionTimes.map((time) => time.toISOString()),
      lastRun: info.recentActions.at(-1)?.action.workflow.workflowId ?? null,
    });
  }
  return schedules.sort((a, b) => a.scheduleId.localeCompare(b.scheduleId));
}
