import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applySchedules, findSchedules } from '../../schedules/apply-schedules.js';
import { nominalRuns, requestBackfill } from '../../schedules/backfill-schedule.js';
import { desiredSchedules, scheduleIdOf } from '../../schedules/desired-schedule.js';
import { planSchedules } from '../../schedules/plan-schedules.js';
import type { SchedulePolicy } from '../../domain/pipeline-definition.js';
import { scheduledPipeline } from '../support/scheduled-pipeline.js';
import { testTemporal } from '../support/servers.js';

let client: Client;

beforeAll(async () => {
  const { address } = await testTemporal();
  client = new Client({ connection: await Connection.connect({ address }) });
});

afterAll(async () => {
  await client.connection.close();
});

function freshName(): string {
  return `p-${randomUUID().slice(0, 8)}`;
}

function apply(pipeline: string, overrides: Partial<SchedulePolicy> = {}, prune = false) {
  const desired = desiredSchedules(scheduledPipeline(overrides, pipeline));
  return applySchedules(client.schedule, { desired, pipeline, prune });
}

async function changesOf(steps: ReturnType<typeof apply>): Promise<readonly string[]> {
  return (await steps).map(({ change }) => change);
}

describe('applySchedules on a real server', () => {
  it('creates paused, and finds nothing to do the second time', async () => {
    const pipeline = freshName();
    expect(await changesOf(apply(pipeline))).toEqual(['create', 'create', 'create']);
    expect(await changesOf(apply(pipeline))).toEqual(['unchanged', 'unchanged', 'unchanged']);
    const { state } = await client.schedule.getHandle(scheduleIdOf('score', pipeline)).describe();
    expect(state).toMatchObject({ paused: true, note: 'created paused, as the definition says' });
  });

  it('may be run twice at the same time', async () => {
    const pipeline = freshName();
    await Promise.all([apply(pipeline), apply(pipeline)]);
    expect(await changesOf(apply(pipeline))).toEqual(['unchanged', 'unchanged', 'unchanged']);
  });

  it('updates what changed and keeps a person’s pause and note', async () => {
    const pipeline = freshName();
    await apply(pipeline, { paused: false });
    const handle = client.schedule.getHandle(scheduleIdOf('score', pipeline));
    await handle.pause('the source is being repaired');
    const steps = await apply(pipeline, { paused: false, score: '30 6 * * *' });
    expect(steps.map(({ change }) => change)).toEqual(['update', 'unchanged', 'unchanged']);
    const { state, spec } = await handle.describe();
    expect(state).toMatchObject({ paused: true, note: 'the source is being repaired' });
    expect(spec.calendars?.[0]).toMatchObject({ hour: [{ start: 6, end: 6 }], minute: [{ start: 30, end: 30 }] });
  });

  it('deletes a schedule that is not wanted any more only when told to', async () => {
    const pipeline = freshName();
    await apply(pipeline);
    const desired = desiredSchedules(scheduledPipeline({ retrain: null }, pipeline));
    const plan = async () => planSchedules({ desired, found: await findSchedules(client.schedule, desired), pipeline });
    const orphan = { change: 'orphan', scheduleId: scheduleIdOf('retrain', pipeline), pipeline };
    await expect.poll(plan, { timeout: 20_000 }).toContainEqual(orphan);
    await apply(pipeline, { retrain: null });
    expect(await plan()).toContainEqual(orphan);
    await apply(pipeline, { retrain: null }, true);
    await expect.poll(plan, { timeout: 20_000 }).not.toContainEqual(orphan);
  });
});

describe('a backfill of [start, end) on a real server', () => {
  const range = { start: '2001-03-05T00:00:00.000Z', end: '2001-03-08T00:00:00.000Z' };
  const days = ['2001-03-05', '2001-03-06', '2001-03-07'];

  it('has the nominal times from the start, included, to the end, excluded', async () => {
    const pipeline = freshName();
    await apply(pipeline);
    const scheduleId = scheduleIdOf('score', pipeline);
    expect(await nominalRuns(client, scheduleId, range)).toEqual(
      days.map((day) => ({ nominalTime: `${day}T00:00:00.000Z`, workflowId: `${scheduleId}-${day}T00:00:00Z` })),
    );
  });

  it('starts exactly these runs, one behind the other, also while paused', async () => {
    const pipeline = freshName();
    await apply(pipeline);
    const scheduleId = scheduleIdOf('score', pipeline);
    await requestBackfill(client, scheduleId, range);
    const started: string[] = [];
    for (const day of days) {
      const handle = client.workflow.getHandle(`${scheduleId}-${day}T00:00:00Z`);
      await expect.poll(() => isRunning(handle), { timeout: 20_000 }).toBe(true);
      started.push(handle.workflowId);
      await handle.terminate('seen');
    }
    const isIdle = async () =>
      (await client.schedule.getHandle(scheduleId).describe()).info.runningActions.length === 0;
    await expect.poll(isIdle, { timeout: 20_000 }).toBe(true);
    const { info } = await client.schedule.getHandle(scheduleId).describe();
    expect(info.recentActions.map(({ action }) => action.workflow.workflowId)).toEqual(started);
    expect(info.numActionsTaken).toBe(days.length);
  });

  it('knows a schedule that is not there', async () => {
    expect(await nominalRuns(client, scheduleIdOf('score', freshName()), range)).toBeNull();
  });
});

async function isRunning(handle: ReturnType<Client['workflow']['getHandle']>): Promise<boolean> {
  return handle.describe().then(
    ({ status }) => status.name === 'RUNNING',
    () => false,
  );
}
