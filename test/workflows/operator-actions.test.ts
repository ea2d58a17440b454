import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Activities } from '../support/workflow-fakes.js';
import { failedTasks, openServerRoom, untilAsked, type ServerRoom } from '../support/workflow-environment.js';
import { Fakes, promotionPlan, reportDigest } from '../support/workflow-fakes.js';

let room: ServerRoom;
beforeAll(async () => {
  room = await openServerRoom();
});
afterAll(() => room.close());

const decision = { by: 'Ada', reportDigest: reportDigest.slice(0, 12), reason: 'better' };

/** The steps of a promotion in which somebody may press a button. */
const steps = [
  'beginPromotion',
  'evaluateFold',
  'assembleGateReport',
  'recordGates',
  'requestApproval',
  'judgeDecision',
  'confirmEvidence',
  'changeChampion',
  'projectChampion',
  'closePromotion',
] as const satisfies readonly (keyof Activities)[];

/** A promotion that has come to a step, which ends when the test says so. */
async function heldAt(
  step: (typeof steps)[number],
): Promise<{ handle: WorkflowHandle; release: () => void; fakes: Fakes }> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const fakes: Fakes = new Fakes();
  const { [step]: answer } = fakes.activities as Readonly<Record<string, (argument: never) => Promise<unknown>>>;
  const held = async (argument: never): Promise<unknown> => (await released, answer?.(argument));
  Object.assign(fakes.activities, { [step]: held });
  const handle = await room.start('promote', { pipeline: 'flights' }, fakes);
  await handle.signal('approve', decision);
  await vi.waitFor(() => expect(fakes.names()).toContain(step), { timeout: 20_000 });
  return { handle, release, fakes };
}

async function statusName(handle: WorkflowHandle): Promise<string> {
  return (await handle.describe()).status.name;
}

/** The event before which a run is taken up again: the last workflow task that was done. */
async function lastTaskDone(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const done = (events ?? []).filter((event) => Boolean(event.workflowTaskCompletedEventAttributes));
  return Number(done.at(-1)?.eventId);
}

describe('an operator', { timeout: 120_000 }, () => {
  it.each(steps)('cancels a promotion during %s: it ends as cancelled, and no task fails', async (step) => {
    const { handle, release } = await heldAt(step);
    await handle.cancel();
    release();
    await handle.result().catch(() => undefined);
    expect(['CANCELLED', 'COMPLETED']).toContain(await statusName(handle));
    expect(await failedTasks(handle)).toEqual([]);
  });

  it('terminates one that waits, and the next start of it goes on with what the ledger says', async () => {
    const handle = await room.start('promote', { pipeline: 'flights' }, new Fakes());
    await untilAsked(handle);
    await handle.terminate('the night shift');
    expect(await statusName(handle)).toBe('TERMINATED');
    const taken = { ...promotionPlan, approved: { reportDigest, by: 'Ada', reason: 'better' } };
    const next = await room.start(
      'promote',
      { pipeline: 'flights' },
      new Fakes({ beginPromotion: () => Promise.resolve(taken) }),
    );
    expect(await next.result()).toMatchObject({ status: 'promoted', approvedBy: 'Ada' });
  });

  it('resets one that waits, and it waits again and takes an approval', async () => {
    const fakes = new Fakes();
    const handle = await room.start('promote', { pipeline: 'flights' }, fakes);
    await untilAsked(handle);
    await room.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId },
      workflowTaskFinishEventId: (await lastTaskDone(handle)) as never,
      requestId: randomUUID(),
      reason: 'a test',
    });
    const again = room.client.workflow.getHandle(handle.workflowId);
    await untilAsked(again);
    await again.signal('approve', decision);
    expect(await again.result()).toMatchObject({ status: 'promoted' });
    expect(fakes.count('changeChampion')).toBe(1);
  });
});
