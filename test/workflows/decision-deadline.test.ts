import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSignalDirectory } from '../../adapters/temporal/signal-directory.js';
import type { PromoteResult } from '../../workflows/api.js';
import { digest } from '../support/ledger.js';
import { RolloutFakes } from '../support/rollout-fakes.js';
import {
  historyOf,
  openServerRoom,
  recordHistory,
  statusOf,
  until,
  type ServerRoom,
} from '../support/workflow-environment.js';
import { after, answered, Fakes, lookOf, reportDigest, type Activities } from '../support/workflow-fakes.js';

/** Real time, because the server has to say when it received what nobody read; long enough to stop a worker in. */
const deadlineMs = 6_000;

let room: ServerRoom;
beforeAll(async () => {
  room = await openServerRoom();
}, 60_000);
afterAll(() => room.close());

/** Judges by the receipts of the real server. */
const judgeDecision: Activities['judgeDecision'] = async (asked) => {
  const signal = { name: asked.message.decision, index: asked.message.signalIndex };
  const receipt = await createSignalDirectory(room.client.workflow).receiptOf(asked.stamp.workflow, signal);
  return answered(asked, { receivedAt: receipt?.receivedAt ?? null });
};

/** Waits until a run's history, which is there without a worker, has an event: its timer started, or fired. */
async function untilHistoryHas(
  run: WorkflowHandle,
  event: 'timerStartedEventAttributes' | 'timerFiredEventAttributes',
): Promise<void> {
  const found = async () => (await historyOf(run)).some((each) => each[event]);
  await vi.waitFor(async () => expect(await found()).toBe(true), { timeout: 20_000, interval: 100 });
}

const result = (run: WorkflowHandle) => run.result() as Promise<PromoteResult>;

describe('a deadline that passes while no worker is there', () => {
  const requestApproval: Activities['requestApproval'] = ({ stamp }) =>
    Promise.resolve({ deadlineAt: after(stamp.at, deadlineMs) });
  const approval = { reportDigest, by: 'Anna', reason: 'better everywhere' };

  async function waiting(): Promise<WorkflowHandle> {
    const run = await room.start('promote', { pipeline: 'flights' }, new Fakes({ requestApproval, judgeDecision }));
    await untilHistoryHas(run, 'timerStartedEventAttributes');
    return run;
  }

  it('lets an approval count that the server had before, behind a message that does not', async () => {
    const run = await waiting();
    await room.withoutWorkers(async () => {
      await run.signal('approve', { ...approval, reportDigest: 'f'.repeat(64) });
      await run.signal('approve', approval);
      await untilHistoryHas(run, 'timerFiredEventAttributes');
    });
    expect(await result(run)).toMatchObject({ status: 'promoted', approvedBy: 'Anna' });
    await recordHistory(run, 'promote-approved-while-away');
  }, 60_000);

  it('is too late for one that the server had after it', async () => {
    const run = await waiting();
    await room.withoutWorkers(async () => {
      await untilHistoryHas(run, 'timerFiredEventAttributes');
      await run.signal('approve', approval);
    });
    expect(await result(run)).toMatchObject({ status: 'expired' });
    expect((await statusOf(run)).notes).toEqual(['`approve` by Anna did not count: it came after the deadline.']);
  }, 60_000);

  it('lets a go-ahead count that the server had before', async () => {
    const unsettled = digest('unsettled');
    const askGoAhead: Activities['askGoAhead'] = ({ stamp }) =>
      Promise.resolve({ deadlineAt: after(stamp.at, deadlineMs), goAheadBy: null });
    const fakes = new RolloutFakes({}, { askGoAhead, judgeDecision });
    fakes.standing = { status: 'step', step: 1, sharePercent: 25 };
    fakes.look = ({ step }) => lookOf(step === 'watch' ? 'pass' : 'inconclusive', 'unsettled');
    const run = await room.start('promote', { pipeline: 'flights' }, fakes);
    await until(run, (status) => status.reportDigest === unsettled);
    await untilHistoryHas(run, 'timerStartedEventAttributes');
    await room.withoutWorkers(async () => {
      await run.signal('approve', { by: 'Berta', reportDigest: unsettled, reason: 'enough' });
      await untilHistoryHas(run, 'timerFiredEventAttributes');
    });
    expect(await result(run)).toMatchObject({ status: 'promoted' });
  }, 60_000);
});
