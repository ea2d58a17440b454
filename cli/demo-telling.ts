import type { Client, WorkflowHandle } from '@temporalio/client';
import type { WorkflowType } from '../domain/workflow-inputs.js';
import type { ScheduledType } from '../schedules/desired-schedule.js';
import type { Services } from '../workers/services.js';
import { taskQueues, type PromoteResult, type WorkflowStatus } from '../workflows/api.js';
import { CommandFailure } from './command-error.js';
import type { CommandSettings } from './dev-note.js';
import { exitCodes } from './exit-codes.js';
import { followBackfill } from './follow-backfill.js';
import { followWorkflow, type Followed } from './follow-workflow.js';
import { startBackfill } from './start-backfill.js';
import type { WorkflowResults } from './workflow-outcomes.js';

/** What a telling needs. */
export interface Telling {
  readonly client: Client;
  readonly services: Services;
  readonly settings: CommandSettings;
  readonly log: (line: string) => void;
}

export const pipeline = 'flights';

/** Nobody waits for the demo's phases: only results are told. */
const quiet = { tell: () => undefined, draw: () => undefined };

/** Follows a promotion until its status is as wanted, or it ends. */
export function followPromotion(
  handle: WorkflowHandle,
  until: (status: WorkflowStatus) => boolean,
): Promise<Followed<PromoteResult>> {
  return followWorkflow<PromoteResult>({ handle, progress: quiet, signal: new AbortController().signal, until });
}

/** Every nominal time of a schedule in [from, to), to its result. Throws when one run failed. */
export async function backfill<T extends ScheduledType>(
  telling: Telling,
  type: T,
  days: { readonly from: string; readonly to: string },
): Promise<readonly WorkflowResults[T][]> {
  const range = { start: new Date(days.from).toISOString(), end: new Date(days.to).toISOString() };
  const started = await startBackfill(telling.client, { pipeline, type, range });
  const rows = await followBackfill(telling.client, started, { progress: quiet, signal: new AbortController().signal });
  return rows.map(({ result, summary }) => {
    if (result === null) throw new CommandFailure('DEMO_STUCK', exitCodes.failed, summary);
    return result as WorkflowResults[T];
  });
}

export async function start({ client }: Telling, type: WorkflowType, input: object): Promise<WorkflowHandle> {
  return client.workflow.start(type, {
    workflowId: `${type}/${pipeline}/${new Date().toISOString()}`,
    taskQueue: taskQueues.control,
    args: [{ pipeline, ...input }],
    staticSummary: `${type} ${pipeline}`,
  });
}

export async function run<T extends WorkflowType>(
  telling: Telling,
  type: T,
  input: object,
): Promise<WorkflowResults[T]> {
  return (await (await start(telling, type, input)).result()) as WorkflowResults[T];
}

export function heading({ log }: Pick<Telling, 'log'>, title: string): void {
  log(`\n=== ${title} ${'='.repeat(Math.max(3, 76 - title.length))}`);
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function fixed(value: number | undefined): string {
  return value === undefined ? '?' : value.toFixed(4);
}
