import type { Client, WorkflowHandle } from '@temporalio/client';
import { followWorkflow } from '../../cli/follow-workflow.js';
import { taskQueues, type ScoreResult, type WorkflowType } from '../../workflows/api.js';

const quiet = { tell: () => undefined, draw: () => undefined };

/** One scored day, with the wall time from its start to its result. */
export interface TimedDay {
  readonly seconds: number;
  readonly rows: number;
}

/** Trains the first version of a pipeline and makes it champion, as a person would. */
export async function makeFirstChampion(
  client: Client,
  { pipeline, asOf }: { readonly pipeline: string; readonly asOf: string },
): Promise<void> {
  await (await startRun(client, 'retrain', { pipeline, asOf })).result();
  const promotion = await startRun(client, 'promote', { pipeline, bootstrap: true });
  const followed = await followWorkflow({
    handle: promotion,
    progress: quiet,
    signal: new AbortController().signal,
    until: ({ deadlineAt }) => deadlineAt !== null,
  });
  if (followed.status !== 'paused-at') throw new Error('the first promotion did not ask for an approval');
  const reportDigest = followed.workflowStatus.reportDigest ?? '';
  await promotion.signal('approve', { reportDigest, by: 'bench', reason: 'measuring' });
  await promotion.result();
}

/** Scores the next due day: workflow started, published, result read. */
export async function scoreNextDay(client: Client): Promise<TimedDay> {
  const startedAt = performance.now();
  const { status, summary, rows } = (await (
    await startRun(client, 'score', { pipeline: 'flights' })
  ).result()) as ScoreResult;
  const seconds = (performance.now() - startedAt) / 1_000;
  if (status !== 'published') throw new Error(`a day was not published: ${summary}`);
  return { seconds, rows };
}

/** Starts a workflow on a pipeline. */
export function startRun(
  client: Client,
  type: WorkflowType,
  input: { readonly pipeline: string; readonly [field: string]: unknown },
): Promise<WorkflowHandle> {
  return client.workflow.start(type, {
    workflowId: `${type}/${input.pipeline}/${new Date().toISOString()}`,
    taskQueue: taskQueues.control,
    args: [input],
  });
}
