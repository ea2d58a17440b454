import { randomUUID } from 'node:crypto';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { classifyFailures } from '../../activities/failures.js';
import type { ScoringActivities } from '../../activities/scoring/scoring-activities.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { RunContext } from '../../workflows/run-context.js';
import { testTemporal, testWorkflowBundle } from '../support/servers.js';

/** Of a queue of its own: other tests use the same server. */
const taskQueue = `scheduled-${randomUUID()}`;
const scheduleId = `score/${taskQueue}`;
const seen: RunContext[] = [];
const activities = classifyFailures<Pick<ScoringActivities, 'beginScore'>>({
  beginScore: ({ run }) => {
    seen.push(run);
    return Promise.reject(new PermanentFailure('NOTHING_TO_SCORE', 'The test ends here.'));
  },
});

let connection: NativeConnection;
let client: Client;
let stop: () => Promise<void>;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const [{ address }, codePath] = await Promise.all([testTemporal(), testWorkflowBundle()]);
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }) });
  const worker = await Worker.create({ connection, taskQueue, activities, workflowBundle: { codePath } });
  const running = worker.run();
  stop = () => (worker.shutdown(), running);
});
afterAll(async () => {
  await client.schedule.getHandle(scheduleId).delete();
  await stop();
  await client.connection.close();
  await connection.close();
});

it('a backfilled run knows its schedule and the nominal time of the past, which is its data clock', async () => {
  const schedule = await client.schedule.create({
    scheduleId,
    spec: { calendars: [{ hour: 6 }], timezone: 'UTC' },
    action: { type: 'startWorkflow', workflowType: 'score', taskQueue, args: [{ pipeline: 'flights' }] },
    state: { paused: true },
  });
  const days = { start: new Date('2001-03-05T00:00:00Z'), end: new Date('2001-03-07T00:00:00Z') };
  await schedule.backfill({ ...days, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
  await vi.waitFor(() => expect(seen).toHaveLength(2), { timeout: 30_000 });
  expect(seen.map((run) => run.scheduledFor)).toEqual(['2001-03-05T06:00:00.000Z', '2001-03-06T06:00:00.000Z']);
  expect(seen.map((run) => run.scheduleId)).toEqual([scheduleId, scheduleId]);
});
