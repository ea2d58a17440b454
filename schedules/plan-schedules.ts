import type { DesiredSchedule } from './desired-schedule.js';

/** A schedule that the server has. */
export interface FoundSchedule {
  readonly scheduleId: string;
  /** Pipeline it was made for; null when it is not ours. */
  readonly pipeline: string | null;
  /** Digest of the wish it was last brought to; null for one that somebody made by hand. */
  readonly specDigest: string | null;
}

export type ScheduleStep =
  | {
      readonly change: 'create' | 'update' | 'unchanged';
      readonly scheduleId: string;
      readonly desired: DesiredSchedule;
    }
  /** Ours, for a pipeline in question, and no longer wanted. */
  | { readonly change: 'orphan'; readonly scheduleId: string; readonly pipeline: string };

/**
 * What has to happen so that the server has what the definitions want. `pipeline` limits the question to one pipeline;
 * without it, schedules of pipelines that are gone are orphans too.
 */
export function planSchedules(args: {
  readonly desired: readonly DesiredSchedule[];
  readonly found: readonly FoundSchedule[];
  readonly pipeline: string | null;
}): readonly ScheduleStep[] {
  const found = new Map(args.found.map((schedule) => [schedule.scheduleId, schedule]));
  const wanted = new Set(args.desired.map(({ options }) => options.scheduleId));
  const steps = args.desired.map((desired): ScheduleStep => {
    const { scheduleId } = desired.options;
    const existing = found.get(scheduleId);
    if (existing === undefined) return { change: 'create', scheduleId, desired };
    return { change: existing.specDigest === desired.specDigest ? 'unchanged' : 'update', scheduleId, desired };
  });
  const orphans = args.found.flatMap(({ scheduleId, pipeline }): ScheduleStep[] => {
    const isAsked = pipeline !== null && (args.pipeline === null || args.pipeline === pipeline);
    return isAsked && !wanted.has(scheduleId) ? [{ change: 'orphan', scheduleId, pipeline }] : [];
  });
  return [...steps, ...orphans];
}

/** Whether the server differs from what the definitions want. */
export function hasDrift(steps: readonly ScheduleStep[]): boolean {
  return steps.some(({ change }) => change !== 'unchanged');
}
