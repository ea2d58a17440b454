import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import type { Actor, WorkflowRef } from '../domain/ledger/record.js';

/** What an activity needs to know about the run that asks. Everything in it is fixed by history. */
export interface RunContext {
  readonly workflow: WorkflowRef;
  /** Wall clock of the run's start. */
  readonly startedAt: string;
  /** Nominal time of a scheduled or backfilled run: the data clock. Null when a person started it. */
  readonly scheduledFor: string | null;
  readonly scheduleId: string | null;
  /** Set when another workflow started this one. */
  readonly parentWorkflowId: string | null;
}

/** When and by whom a fact is recorded. `at` comes from the workflow, so a retried activity writes the same bytes. */
export interface Stamp {
  readonly at: string;
  readonly actor: Actor;
  readonly workflow: WorkflowRef;
}

/** Set by the server on runs that a schedule starts, also when it is backfilled. */
const scheduledStartTime = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);
const scheduledById = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/** The context of the current run. */
export function runContext(): RunContext {
  const info = workflowInfo();
  return {
    workflow: { workflowId: info.workflowId, runId: info.runId },
    startedAt: info.startTime.toISOString(),
    scheduledFor: info.typedSearchAttributes.get(scheduledStartTime)?.toISOString() ?? null,
    scheduleId: info.typedSearchAttributes.get(scheduledById) ?? null,
    parentWorkflowId: info.parent?.workflowId ?? null,
  };
}

/** A stamp of this moment of workflow time. */
export function stampNow(run: RunContext, actor: Actor): Stamp {
  return { at: new Date(Date.now()).toISOString(), actor, workflow: run.workflow };
}
