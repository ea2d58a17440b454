import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client';
import { digestOf } from '../contracts/digest.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import { taskQueues, type WorkflowType } from '../workflows/api.js';

/** What runs on a clock. A promotion never does: it may wait days for a person. */
export const scheduledTypes = ['score', 'monitor', 'retrain'] as const satisfies readonly WorkflowType[];
export type ScheduledType = (typeof scheduledTypes)[number];

/** A schedule as a definition wants it. */
export interface DesiredSchedule {
  readonly pipeline: string;
  readonly type: ScheduledType;
  readonly cron: string;
  readonly options: ScheduleOptions & { readonly scheduleId: string };
  /** Digest of everything in `options` that an update would change; kept with the schedule. */
  readonly specDigest: string;
}

/**
 * Memo field of the action that holds the digest of the wish. The server compiles cron expressions to calendars and
 * never gives them back, so wishes are compared by digest and not by structure.
 */
export const specDigestMemo = 'gauntletSpecDigest';

/** Memo field of the schedule itself that says it is ours: only such ones are ever called orphans. */
export const ownerMemo = 'gauntletPipeline';

/** `score/flights`: the id of the schedule, and the beginning of the ids of its runs. */
export function scheduleIdOf(type: ScheduledType, pipeline: string): string {
  return `${type}/${pipeline}`;
}

/** The schedules of one definition; a type whose cron expression is null has none. */
export function desiredSchedules(definition: PipelineDefinition): readonly DesiredSchedule[] {
  return scheduledTypes.flatMap((type) => {
    const cron = definition.schedules[type];
    return cron === null ? [] : [desiredSchedule(definition, type, cron)];
  });
}

function desiredSchedule(definition: PipelineDefinition, type: ScheduledType, cron: string): DesiredSchedule {
  const scheduleId = scheduleIdOf(type, definition.name);
  const { catchUpMs, paused } = definition.schedules;
  const spec = { cronExpressions: [cron], timezone: 'UTC' };
  // Every nominal time is a window of its own: skipping one would lose it.
  const policies = { overlap: ScheduleOverlapPolicy.BUFFER_ALL, catchupWindow: catchUpMs };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: type,
    workflowId: scheduleId,
    taskQueue: taskQueues.control,
    args: [{ pipeline: definition.name }],
    staticSummary: `${summaries[type]} ${definition.name} by schedule`,
  };
  const specDigest = digestOf({ spec, policies, action });
  return {
    pipeline: definition.name,
    type,
    cron,
    specDigest,
    options: {
      scheduleId,
      spec,
      policies,
      action: { ...action, memo: { [specDigestMemo]: specDigest } },
      memo: { [ownerMemo]: definition.name },
      state: paused ? { paused, note: 'created paused, as the definition says' } : { paused },
    },
  };
}

const summaries: Readonly<Record<ScheduledType, string>> = {
  score: 'Score',
  monitor: 'Monitor',
  retrain: 'Retrain',
};
