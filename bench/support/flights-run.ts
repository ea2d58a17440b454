import type { Client, WorkflowHandle } from '@temporalio/client';
import { followWorkflow } from '../../cli/follow-workflow.js';
import { taskQueues, type ScoreResult, type WorkflowType } from '../../workflows/api.js';

const pipeline = 'flights';
const quiet = { tell: () => undefined, draw: () => undefined };

/** One scored day, with the wall time from its start to its result. */
export interface TimedDay {
  readonly seconds: number;
  readonly rows: number;
}

/** Trains the first version and makes it champion, as a person would. */
export async function makeFirstChampion(client: Client): Promise<void> {
  await (await start(client, 'retrain', { asOf: '2001-03-01' })).result();
  const promotion = await start(client, 'promote', { bootstrap: true });
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
  const { status, summary, rows } = (await (await start(client, 'score', {})).result()) as ScoreResult;
  const seconds = (performance.now() - startedAt) / 1_000;
  if (status !== 'published') throw new Error(`a day was not published: ${summary}`);
  return { seconds, rows };
}

function start(client: Client, type: WorkflowType, input: object): Promise<WorkflowHandle> {
  return client.workflow.start(type, {
    workflowId: `${type}/${pipeline}/${new Date().toISOString()}`,
    taskQueue: taskQueues.control,
    args: [{ pipeline, ...input }],
  });
}
