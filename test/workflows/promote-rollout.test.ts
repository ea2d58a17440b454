import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { WorkflowStatus } from '../../workflows/api.js';
import { digest } from '../support/ledger.js';
import { approval, approvedRun, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { RolloutFakes } from '../support/rollout-fakes.js';
import { cardOf, historyOf, recordHistory, statusOf, until } from '../support/workflow-environment.js';
import { lookOf, reportDigest, threeDaysMs } from '../support/workflow-fakes.js';

const room = sharedRoom();

const isAt =
  (step: number | null) =>
  ({ rollout }: WorkflowStatus): boolean =>
    rollout?.step === step;

/** Effects in the order they were made, without the looking around. */
function effectsOf(fakes: RolloutFakes): readonly string[] {
  const effects = ['beginStep', 'endRollout', 'takeBackShare', 'changeChampion', 'projectChampion', 'closePromotion'];
  return fakes.names().filter((name) => effects.includes(name));
}

const takenBack = ['endRollout', 'takeBackShare', 'closePromotion'];

describe('a canary', () => {
  it('goes from step to step as its looks pass, changes the champion, watches and closes', async () => {
    const fakes = new RolloutFakes();
    fakes.look = ({ step, turn }) => lookOf(turn === 1 ? 'waiting' : 'pass', String(step), turn);
    const run = await approvedRun(room, fakes);
    const first = await until(run, isAt(1));
    expect(first.rollout).toMatchObject({ step: 1, steps: 2, sharePercent: 0, cyclesPublished: 2, cyclesNeeded: 2 });
    expect(await cardOf(run)).toContain('step 1 of 2, in shadow');
    await run.signal('cycle-published');
    expect((await until(run, isAt(2))).rollout).toMatchObject({ step: 2, sharePercent: 25 });
    await run.signal('windows-judged', { anything: true });
    expect((await until(run, isAt(null))).phase).toBe('watching');
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'promoted',
      championAfter: { version: '2' },
      approvedBy: 'Anna',
      alias: 'champion moved to version 2',
      grounds: ['gates passed and a person approved the report', 'the watch passed: It is pass after 2 windows.'],
    });
    expect(effectsOf(fakes)).toEqual(['beginStep', 'beginStep', 'changeChampion', 'projectChampion', 'closePromotion']);
    await recordHistory(run, 'promote-canary');
  });

  it('of 30 days with labels that come three days late passes within a minute, in runs of bounded length', async () => {
    const steps = [
      { kind: 'shadow', cycles: 4 },
      { kind: 'share', sharePercent: 5, cycles: 7 },
      { kind: 'share', sharePercent: 25, cycles: 7 },
    ] as const;
    const fakes = new RolloutFakes({ steps, watch: { cycles: 3, pollMs: 2 * 3_600_000, deadlineMs: 30 * 86_400_000 } });
    const began = new Map<LookStep, number>();
    const passed: string[] = [];
    fakes.look = ({ step, at }) => {
      const now = Date.parse(at);
      const days = Math.floor((now - (began.get(step) ?? began.set(step, now).get(step)!)) / 86_400_000);
      const needed = step === 'watch' ? 3 : steps[step]!.cycles;
      const known = Math.max(0, days - 3);
      if (known >= needed) passed.push(`${String(step)} after ${String(days)} days`);
      return lookOf(known >= needed ? 'pass' : 'waiting', `${String(step)}-${String(days)}`, known);
    };
    const started = performance.now();
    const run = await approvedRun(room, fakes);
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(passed).toEqual(['0 after 7 days', '1 after 10 days', '2 after 10 days', 'watch after 6 days']);
    expect(fakes.count('beginPromotion')).toBeGreaterThan(2);
    expect((await historyOf(run)).length).toBeLessThan(3_000);
  }, 90_000);
});

type LookStep = number | 'watch';

describe('a look that fails', () => {
  it('ends the rollout: the share is taken back, then the promotion is closed as rolled back', async () => {
    const fakes = new RolloutFakes();
    fakes.look = ({ step }) => lookOf(step === 1 ? 'fail' : 'pass');
    const run = await approvedRun(room, fakes);
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'rolled-back',
      championAfter: { version: '1' },
      alias: null,
      grounds: [
        'It is fail after 2 windows.',
        '1,650 predictions of version 2 in 2 window(s) were replaced, 40 decisions changed, listed in corrections/flights/y.parquet',
      ],
    });
    expect(effectsOf(fakes)).toEqual(['beginStep', 'beginStep', ...takenBack]);
    expect(fakes.argumentsOf('endRollout')[0]).toMatchObject({ outcome: 'rolled-back' });
    await recordHistory(run, 'promote-step-failed');
  });
});

describe('a look that settles nothing', () => {
  /** The second step is inconclusive until `more` says otherwise. */
  async function unsettled(): Promise<{ readonly fakes: RolloutFakes; readonly run: WorkflowHandle }> {
    const fakes = new RolloutFakes();
    fakes.look = ({ step }) => (step === 1 ? lookOf('inconclusive', 'unsettled') : lookOf('pass'));
    const run = await approvedRun(room, fakes);
    await until(run, ({ reportDigest: asked }) => asked === digest('unsettled'));
    return { fakes, run };
  }
  const unsettledDigest = digest('unsettled');

  it('asks a person, whose go-ahead for exactly that look goes on', async () => {
    const { fakes, run } = await unsettled();
    const { waitingFor, deadlineAt } = await statusOf(run);
    expect(waitingFor).toBe(
      `a person's go-ahead on analysis ${unsettledDigest.slice(0, 12)} until ${deadlineAt ?? ''}`,
    );
    expect(await cardOf(run)).toContain(`gauntlet approve flights --report ${unsettledDigest.slice(0, 12)}`);
    await run.signal('approve', { ...approval, by: 'Berta', reportDigest });
    await until(run, ({ notes }) => notes.some((note) => note.includes('did not count')));
    await run.signal('approve', { ...approval, by: 'Berta', reportDigest: unsettledDigest });
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(fakes.argumentsOf('judgeDecision').map(({ awaitedDigest }) => awaitedDigest)).toEqual([
      reportDigest,
      unsettledDigest,
      unsettledDigest,
    ]);
    await recordHistory(run, 'promote-step-go-ahead');
  });

  it('and is rejected ends the rollout', async () => {
    const { fakes, run } = await unsettled();
    await run.signal('reject', { by: 'Carl', reportDigest: unsettledDigest, reason: 'too thin' });
    expect(await promoteResultOf(run)).toMatchObject({ status: 'rejected' });
    expect(effectsOf(fakes).slice(-3)).toEqual(takenBack);
  });

  it('and that nobody answers ends the rollout at the deadline, and not before', async () => {
    const { fakes, run } = await unsettled();
    await room.sleep(threeDaysMs - 3_600_000);
    expect(effectsOf(fakes)).not.toContain('endRollout');
    expect(await promoteResultOf(run)).toMatchObject({ status: 'expired' });
    expect(effectsOf(fakes).slice(-3)).toEqual(takenBack);
    expect(fakes.count('askGoAhead')).toBe(1);
  });

  it('is withdrawn by a newer look that settles it', async () => {
    const { fakes, run } = await unsettled();
    fakes.look = ({ step }) => (step === 1 ? lookOf('waiting', 'more') : lookOf('pass'));
    await run.signal('windows-judged');
    await until(
      run,
      ({ waitingFor, rollout }) => waitingFor === null && rollout?.sentence.includes('waiting') === true,
    );
    expect((await statusOf(run)).notes.at(-1)).toContain('is withdrawn');
    fakes.look = () => lookOf('pass');
    expect((await promoteResultOf(run)).status).toBe('promoted');
  });

  it('and was given a go-ahead that a run before this one heard goes on without asking', async () => {
    const fakes = new RolloutFakes(
      {},
      {
        askGoAhead: ({ stamp }) => Promise.resolve({ deadlineAt: stamp.at, goAheadBy: 'Berta' }),
      },
    );
    fakes.look = ({ step }) => (step === 'watch' ? lookOf('pass') : lookOf('inconclusive', 'unsettled'));
    fakes.standing = { status: 'step', step: 1, sharePercent: 25 };
    const run = await room.start('promote', { pipeline: 'flights' }, fakes);
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(fakes.count('notifyApproval')).toBe(0);
  });
});

describe('an approved report that was tampered with', () => {
  const grounds = ['the approved report was tampered with: reports/x/report.json is nothing, expected a file'];

  it.each(['beginStep', 'changeChampion'] as const)(
    'ends the promotion without the challenger at %s, and the rollout with it',
    async (step) => {
      const fakes = new RolloutFakes({}, { [step]: () => Promise.resolve({ status: 'tampered', grounds }) });
      const result = await promoteResultOf(await approvedRun(room, fakes));
      expect(result).toMatchObject({ status: 'superseded', championAfter: { version: '1' }, alias: null });
      expect(result.grounds[0]).toBe(grounds[0]);
      expect(fakes.argumentsOf('endRollout')).toMatchObject([{ outcome: 'superseded', grounds }]);
      expect(fakes.count('projectChampion')).toBe(0);
    },
  );

  it('ends it also where there are no steps, and nothing is measured or asked again', async () => {
    const changeChampion = () => Promise.resolve({ status: 'tampered', grounds } as const);
    const fakes = new RolloutFakes({ steps: [] }, { changeChampion });
    const run = await approvedRun(room, fakes);
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'superseded',
      grounds,
      championAfter: { version: '1' },
    });
    expect(fakes.count('requestApproval')).toBe(1);
  });
});

describe('an abort', () => {
  it.each([1, 2])('in step %i ends the rollout and takes everything back', async (step) => {
    const fakes = new RolloutFakes();
    fakes.look = (at) => lookOf(at.step === step - 1 ? 'waiting' : 'pass');
    const run = await approvedRun(room, fakes);
    await until(run, isAt(step));
    await run.signal('abort', { by: 'Dora', reason: 'the source is wrong' });
    expect(await promoteResultOf(run)).toMatchObject({ status: 'aborted', championAfter: { version: '1' } });
    expect(effectsOf(fakes).slice(-3)).toEqual(takenBack);
    expect(fakes.count('changeChampion')).toBe(0);
  });

  it('while the last look passes wins over the change of champion', async () => {
    const fakes = new RolloutFakes(
      {},
      {
        lookAtRollout: async () => {
          await run.signal('abort', { by: 'Dora' });
          return lookOf('pass');
        },
      },
    );
    const run = await approvedRun(room, fakes);
    expect((await promoteResultOf(run)).status).toBe('aborted');
    expect(fakes.count('changeChampion')).toBe(0);
  });

  it('during the watch does not count, is kept, and says how to take the change back', async () => {
    const fakes = new RolloutFakes();
    fakes.look = ({ step }) => lookOf(step === 'watch' ? 'waiting' : 'pass');
    const run = await approvedRun(room, fakes);
    await until(run, isAt(null));
    await run.signal('abort', { by: 'Dora' });
    const { notes } = await until(run, (status) => status.notes.length > 0);
    expect(notes[0]).toBe(
      '`abort` by Dora did not count: the champion has changed already; `gauntlet rollback` takes it back.',
    );
    expect(fakes.argumentsOf('judgeDecision').at(-1)?.message).toMatchObject({ decision: 'abort', by: 'Dora' });
    fakes.look = () => lookOf('pass');
    expect((await promoteResultOf(run)).status).toBe('promoted');
  });

  it('that a run before this one recorded is carried out by the next', async () => {
    const fakes = new RolloutFakes();
    fakes.standing = { status: 'step', step: 0, sharePercent: 0 };
    fakes.stopped = { decision: 'abort', by: 'Dora', reason: 'enough' };
    const run = await room.start('promote', { pipeline: 'flights' }, fakes);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'aborted' });
    expect(effectsOf(fakes)).toEqual(takenBack);
  });
});
