import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { QueuedPromotion } from '../../activities/promotion/arrive-meanwhile.js';
import { model } from '../support/ledger.js';
import { approvedRun, askedRun, promoteInput, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { RolloutFakes } from '../support/rollout-fakes.js';
import { cardOf, recordHistory, until, untilAsked } from '../support/workflow-environment.js';
import { Fakes, lookOf, promotionPlan, reportDigest } from '../support/workflow-fakes.js';

const room = sharedRoom();

/** A start that finds `owner` at work until that one is closed. */
function behind(owner: WorkflowHandle, ownerFakes: RolloutFakes, supersedes = false): Fakes {
  const queued: QueuedPromotion = {
    status: 'queued',
    behind: { workflowId: owner.workflowId, version: '2' },
    version: '3',
    supersedes,
    sinceNumber: 12,
    pollMs: 3_600_000,
    result: {
      ...{ status: 'in-progress-elsewhere', summary: 'Nothing was started.', promotionId: null, gates: null },
      ...{ challenger: model('c'), championBefore: model('a'), championAfter: model('a'), approvedBy: null },
      ...{ grounds: [], alias: null },
    },
  };
  return new Fakes({
    beginPromotion: () =>
      Promise.resolve(ownerFakes.standing.status === 'closed' ? { ...promotionPlan, challenger: model('c') } : queued),
  });
}

async function rollingOut(): Promise<{ readonly run: WorkflowHandle; readonly fakes: RolloutFakes }> {
  const fakes = new RolloutFakes();
  fakes.look = () => lookOf('waiting');
  const run = await approvedRun(room, fakes);
  await until(run, ({ rollout }) => rollout?.step === 1);
  return { run, fakes };
}

describe('a newer challenger', () => {
  it('that queues waits until the open promotion is closed, and is told at once', async () => {
    const { run, fakes } = await rollingOut();
    const waiting = behind(run, fakes);
    const next = await room.start('promote', { ...promoteInput, version: '3' }, waiting);
    await until(next, ({ phase }) => phase === 'queued');
    expect(await cardOf(next)).toContain(
      `Version 3 waits: the promotion of version 2 in \`${run.workflowId}\` goes on.`,
    );
    await run.signal('abort', { by: 'Dora' });
    expect((await promoteResultOf(run)).status).toBe('aborted');
    await untilAsked(next);
    expect(waiting.count('beginPromotion')).toBe(2);
    expect(waiting.argumentsOf('beginPromotion')[1]?.input).toEqual({ ...promoteInput, version: '3', queuedSince: 12 });
    await next.signal('abort', { by: 'Dora' });
    await promoteResultOf(next);
    await recordHistory(next, 'promote-queued');
  });

  it('that supersedes has the open promotion stopped, and then goes on', async () => {
    const { run, fakes } = await rollingOut();
    const newer = behind(run, fakes, true);
    const next = await room.start('promote', promoteInput, newer);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'superseded' });
    expect(fakes.argumentsOf('endRollout')[0]).toMatchObject({
      outcome: 'superseded',
      grounds: ['version 3 supersedes it'],
    });
    await untilAsked(next);
    await next.signal('approve', { reportDigest, by: 'Anna', reason: 'better' });
    expect((await promoteResultOf(next)).status).toBe('promoted');
  });

  it('supersedes also while the open promotion waits for its approval', async () => {
    const fakes = new RolloutFakes();
    const run = await askedRun(room, fakes);
    const newer = behind(run, fakes, true);
    const next = await room.start('promote', promoteInput, newer);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'superseded', grounds: ['version 3 supersedes it'] });
    await untilAsked(next);
    await next.signal('abort', { by: 'Dora' });
    await promoteResultOf(next);
  });

  it('can be told to wait no longer, and then has opened nothing', async () => {
    const { run, fakes } = await rollingOut();
    const waiting = behind(run, fakes);
    const next = await room.start('promote', promoteInput, waiting);
    await until(next, ({ phase }) => phase === 'queued');
    await next.signal('abort', { by: 'Dora', reason: 'not needed' });
    expect(await promoteResultOf(next)).toMatchObject({
      status: 'aborted',
      promotionId: null,
      grounds: ['aborted by Dora while it waited for its turn: not needed'],
    });
    await run.signal('abort', { by: 'Dora' });
    await promoteResultOf(run);
  });

  it('whose predecessor is gone without a word looks by itself', async () => {
    const { run, fakes } = await rollingOut();
    const waiting = behind(run, fakes);
    const next = await room.start('promote', promoteInput, waiting);
    await until(next, ({ phase }) => phase === 'queued');
    await run.terminate('a test');
    fakes.standing = { status: 'closed', outcome: 'superseded', grounds: [] };
    await room.sleep(3_600_000);
    await untilAsked(next);
    await next.signal('abort', { by: 'Dora' });
    await promoteResultOf(next);
  });
});
