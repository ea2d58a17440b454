import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { WorkflowStatus } from '../../workflows/api.js';
import { model } from '../support/ledger.js';
import { approval, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { RolloutFakes } from '../support/rollout-fakes.js';
import { until, untilAsked } from '../support/workflow-environment.js';
import { answered, lookOf, promotionPlan } from '../support/workflow-fakes.js';

const room = sharedRoom();

const waitsPerRun = 100;
const hourMs = 3_600_000;
const isWatching = ({ rollout }: WorkflowStatus): boolean => rollout?.phase === 'watch';

/** A watch that a run before left open, as a start for version 3 finds it; after that one is closed, version 3 itself. */
function foundWatching(): RolloutFakes {
  const fakes = new RolloutFakes({ steps: [] });
  fakes.standing = { status: 'changed' };
  fakes.look = () => lookOf('waiting');
  const others = (): PromotionPlan => {
    const opened = fakes.opened();
    return { ...opened, rollout: { ...fakes.plan, standing: fakes.standing, isOther: true } };
  };
  fakes.activities.beginPromotion = ({ input }) => {
    const isOwn = (input as { version?: string }).version !== '3';
    if (isOwn) return Promise.resolve(fakes.opened());
    return Promise.resolve(
      fakes.standing.status === 'closed' ? { ...promotionPlan, challenger: model('c') } : others(),
    );
  };
  return fakes;
}

function inputsOf(fakes: RolloutFakes): readonly unknown[] {
  return fakes.argumentsOf('beginPromotion').map(({ input }) => input);
}

describe('a start for another version that takes a watch over', () => {
  const own = { pipeline: 'flights', version: '3', asOf: '2001-04-10', by: 'Carl' };

  it('goes on in a new run with its own version, and tries that after the watch', async () => {
    const fakes = foundWatching();
    let looks = 0;
    fakes.look = () => lookOf(++looks > waitsPerRun + 5 ? 'pass' : 'waiting');
    const run = await room.start('promote', own, fakes);
    await room.sleep((waitsPerRun + 10) * hourMs);
    await untilAsked(run);
    expect(inputsOf(fakes)).toEqual([own, own, own]);
    await room.adopt(run.workflowId, fakes).signal('abort', { by: 'Dora' });
    expect(await promoteResultOf(run)).toMatchObject({ status: 'aborted', challenger: { version: '3' } });
  }, 60_000);

  it('ends with that watch when it is aborted, and does not try its own', async () => {
    const fakes = foundWatching();
    const run = await room.start('promote', own, fakes);
    await until(run, isWatching);
    await run.signal('abort', { by: 'Dora', reason: 'not needed' });
    await until(run, ({ notes }) => notes.some((note) => note.includes('its own version is not tried')));
    fakes.look = () => lookOf('pass');
    const result = await promoteResultOf(run);
    expect(result).toMatchObject({ status: 'aborted', championAfter: { version: '2' } });
    expect(result.grounds.at(-1)).toBe('aborted by Dora: not needed');
    expect(fakes.argumentsOf('closePromotion')).toMatchObject([{ outcome: 'promoted' }]);
    expect(fakes.count('beginPromotion')).toBe(1);
  });

  it('and was aborted in a long watch goes on as the run of that watch alone', async () => {
    const fakes = foundWatching();
    const run = await room.start('promote', own, fakes);
    await until(run, isWatching);
    await run.signal('abort', { by: 'Dora', reason: 'not needed' });
    await until(run, ({ notes }) => notes.length > 0);
    await room.sleep((waitsPerRun + 5) * hourMs);
    fakes.look = () => lookOf('pass');
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', challenger: { version: '2' } });
    expect(inputsOf(fakes)).toEqual([
      own,
      { pipeline: 'flights', version: '2', reason: 'a test', by: 'Anna', resumes: 'flights/v2/1' },
    ]);
  }, 60_000);
});

it('gives up after it found five promotions in a row that others left open', async () => {
  const fakes = new RolloutFakes();
  const standing = { status: 'ended', outcome: 'rolled-back', grounds: ['it loses'] } as const;
  fakes.activities.beginPromotion = () =>
    Promise.resolve({ ...fakes.opened(), rollout: { ...fakes.plan, standing, isOther: true } });
  const run = await room.start('promote', { pipeline: 'flights', version: '3' }, fakes);
  const result = await promoteResultOf(run);
  expect(result.status).toBe('in-progress-elsewhere');
  expect(result.grounds.at(-1)).toBe('5 promotions in a row were left open by runs that ended');
  expect(fakes.count('closePromotion')).toBe(5);
});

describe('a long watch', () => {
  async function watching(fakes: RolloutFakes, input: object): Promise<WorkflowHandle> {
    const run = await room.start('promote', input, fakes);
    room.adopt(`${run.workflowId}/rollback`, fakes);
    await untilAsked(run);
    await run.signal('approve', approval);
    await until(run, isWatching);
    return run;
  }

  function waiting(watch: Partial<RolloutFakes['plan']['watch']> = {}): RolloutFakes {
    const fakes = new RolloutFakes({
      steps: [],
      watch: { cycles: 3, pollMs: hourMs, deadlineMs: 720 * hourMs, ...watch },
    });
    fakes.look = () => lookOf('waiting', 'look', 1);
    return fakes;
  }

  it('goes on in a new run with all that it was started with, also while a newer version waits for it', async () => {
    const fakes = waiting();
    const own = { pipeline: 'flights', asOf: '2001-04-10', by: 'Carl', reason: 'the spring model' };
    const run = await watching(fakes, own);
    const newer = { workflowId: 'promote/newer', version: '3', supersedes: true };
    await run.signal('queued-behind', newer);
    await room.sleep((waitsPerRun + 5) * hourMs);
    expect(inputsOf(fakes)[1]).toEqual({
      ...own,
      ...{ version: '2', reason: promotionPlan.reason, by: promotionPlan.actor.name, resumes: 'flights/v2/1' },
    });
    fakes.look = () => lookOf('pass');
    expect((await promoteResultOf(run)).status).toBe('promoted');
  }, 60_000);

  it('that sees no more windows ends at its deadline as promoted, and says what it saw', async () => {
    const fakes = waiting({ pollMs: 24 * hourMs });
    const run = await watching(fakes, { pipeline: 'flights' });
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'promoted',
      grounds: [
        'gates passed and a person approved the report',
        'the watch was not completed before its deadline: 2 of 3 windows were published, 1 with known labels. It is waiting after 1 windows.',
      ],
    });
    const looks = fakes.argumentsOf('lookAtRollout').map(({ stamp }) => Date.parse(stamp.at));
    const changedAt = Date.parse(fakes.argumentsOf('changeChampion')[0]?.stamp.at ?? '');
    const watchedMs = Math.max(...looks) - changedAt;
    expect(watchedMs).toBeGreaterThanOrEqual(720 * hourMs);
    expect(watchedMs).toBeLessThan(721 * hourMs);
  });

  it('that cannot look at all ends at its deadline as well', async () => {
    const fakes = waiting({ pollMs: 24 * hourMs, deadlineMs: 72 * hourMs });
    fakes.activities.lookAtRollout = () => Promise.reject(new Error('the source is gone'));
    const run = await room.start('promote', { pipeline: 'flights' }, fakes);
    await untilAsked(run);
    await run.signal('approve', approval);
    const { status, grounds } = await promoteResultOf(run);
    expect(status).toBe('promoted');
    expect(grounds.at(-1)).toBe('the watch was not completed before its deadline: no look at it came about');
  });

  it('that a run takes over has the deadline that it had from the change on', async () => {
    const fakes = waiting({ deadlineMs: 48 * hourMs });
    fakes.standing = { status: 'changed', since: new Date(Date.now() - 49 * hourMs).toISOString() };
    const run = await room.start('promote', { pipeline: 'flights' }, fakes);
    expect((await promoteResultOf(run)).grounds.at(-1)).toContain('was not completed before its deadline');
    expect(fakes.count('lookAtRollout')).toBe(1);
  });

  it('in which harm is shown is not cut off while that is not taken back', async () => {
    const fakes = waiting({ pollMs: 24 * hourMs, deadlineMs: 72 * hourMs });
    const rollBack = fakes.activities.beginRollback;
    fakes.activities.beginRollback = () => Promise.reject(new Error('the store does not answer'));
    const run = await watching(fakes, { pipeline: 'flights' });
    fakes.look = () => lookOf('fail');
    await room.sleep(120 * hourMs);
    expect(fakes.count('closePromotion')).toBe(0);
    fakes.activities.beginRollback = rollBack;
    expect((await promoteResultOf(run)).status).toBe('rolled-back');
  }, 60_000);
});

describe('a flood of messages', () => {
  it('that comes as fast as it is judged does not keep a step from being looked at, and an abort is heard', async () => {
    const fakes = new RolloutFakes();
    fakes.look = () => lookOf('waiting');
    const flood = { by: 'a script', reportDigest: 'f'.repeat(64), reason: 'flood' };
    let sent = 0;
    fakes.activities.judgeDecision = async (asked) => {
      if (asked.message.by === flood.by && sent++ < 300) await run.signal('approve', flood);
      return answered(asked);
    };
    const run = await room.start('promote', { pipeline: 'flights' }, fakes);
    await untilAsked(run);
    await run.signal('approve', approval);
    await until(run, ({ rollout }) => rollout?.step === 1);
    await run.signal('approve', flood);
    await until(run, ({ notes }) => notes.some((note) => note.includes('were dropped: 200 came before them')));
    const names = fakes.names();
    const afterFirst = names.slice(names.indexOf('lookAtRollout') + 1);
    expect(afterFirst.slice(0, 201).filter((name) => name === 'judgeDecision')).toHaveLength(200);
    await run.signal('abort', { by: 'Dora' });
    expect((await promoteResultOf(run)).status).toBe('aborted');
  }, 90_000);
});
