import { ScheduleAlreadyRunning, ScheduleNotFoundError, type ScheduleClient } from '@temporalio/client';
import { ownerMemo, specDigestMemo, type DesiredSchedule } from './desired-schedule.js';
import { planSchedules, type FoundSchedule, type ScheduleStep } from './plan-schedules.js';

/** The desired schedules that exist, and every other one that carries our mark. */
export async function findSchedules(
  client: ScheduleClient,
  desired: readonly DesiredSchedule[],
): Promise<readonly FoundSchedule[]> {
  const wanted = desired.map(({ options }) => options.scheduleId);
  // The list lags behind by moments, so what is wanted is asked for by name.
  const described = await Promise.all(wanted.map((scheduleId) => describe(client, scheduleId)));
  const found = described.filter((schedule) => schedule !== null);
  for await (const { scheduleId, memo } of client.list()) {
    const pipeline = textOf(memo?.[ownerMemo]);
    if (pipeline !== null && !wanted.includes(scheduleId)) found.push({ scheduleId, pipeline, specDigest: null });
  }
  return found;
}

async function describe(client: ScheduleClient, scheduleId: string): Promise<FoundSchedule | null> {
  try {
    const { memo, action } = await client.getHandle(scheduleId).describe();
    return { scheduleId, pipeline: textOf(memo?.[ownerMemo]), specDigest: textOf(action.memo?.[specDigestMemo]) };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Brings the server to what the definitions want, and says what was done. Safe to repeat, also at the same time. */
export async function applySchedules(
  client: ScheduleClient,
  asked: { readonly desired: readonly DesiredSchedule[]; readonly pipeline: string | null; readonly prune: boolean },
): Promise<readonly ScheduleStep[]> {
  const steps = planSchedules({ ...asked, found: await findSchedules(client, asked.desired) });
  for (const step of steps) await applyStep(client, step, asked.prune);
  return steps;
}

/** Orphans are deleted only when `prune` says so. */
async function applyStep(client: ScheduleClient, step: ScheduleStep, prune: boolean): Promise<void> {
  switch (step.change) {
    case 'create':
      return create(client, step.desired);
    case 'update':
      return update(client, step.desired);
    case 'orphan':
      if (prune) await client.getHandle(step.scheduleId).delete();
      return;
    case 'unchanged':
      return;
  }
}

async function create(client: ScheduleClient, desired: DesiredSchedule): Promise<void> {
  try {
    await client.create(desired.options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await update(client, desired);
  }
}

/** A person's pause and note stay; what the definition says about pausing is for the first time only. */
async function update(client: ScheduleClient, { options }: DesiredSchedule): Promise<void> {
  const { spec, action, policies } = options;
  await client.getHandle(options.scheduleId).update((previous) => ({
    spec,
    action,
    ...(policies === undefined ? {} : { policies }),
    state: previous.state,
  }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
