import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { WorkflowStatus } from '../../workflows/api.js';
import type { RunContext } from '../../workflows/run-context.js';
import { approvedRun, promoteInput, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { RolloutFakes } from '../support/rollout-fakes.js';
import { cardOf, recordHistory, until, untilAsked } from '../support/workflow-environment.js';
import { Fakes, lookOf, reportDigest, rollbackPlan } from '../support/workflow-fakes.js';

const room = sharedRoom();

/** A run that watches: the steps are behind it, or there are none. */
async function watching(fakes: RolloutFakes): Promise<WorkflowHandle> {
  const run = await room.start('promote', promoteInput, fakes);
  room.adopt(`${run.workflowId}/rollback`, fakes);
  await untilAsked(run);
  await run.signal('approve', { reportDigest, by: 'Anna', reason: 'better' });
  await until(run, isWatching);
  return run;
}

const isWatching = ({ rollout }: WorkflowStatus): boolean => rollout?.phase === 'watch';

function withoutSteps(overrides: ConstructorParameters<typeof RolloutFakes>[1] = {}): RolloutFakes {
  const beginRollback = ({ run }: { readonly run: RunContext }) =>
    Promise.resolve({ ...rollbackPlan, promotionWorkflowId: run.parentWorkflowId ?? '' });
  const fakes = new RolloutFakes({ steps: [] }, { beginRollback, ...overrides });
  fakes.look = () => lookOf('waiting');
  return fakes;
}

describe('a watch', () => {
  it('follows the change of champion also where there are no steps', async () => {
    const fakes = withoutSteps();
    const run = await watching(fakes);
    expect(fakes.names()).not.toContain('beginStep');
    expect(fakes.argumentsOf('lookAtRollout')[0]?.phase).toBe('watch');
    fakes.look = () => lookOf('pass');
    expect((await promoteResultOf(run)).status).toBe('promoted');
  });

  it('that finds harm rolls back in a run of its own, with what it saw as the reason', async () => {
    const fakes = withoutSteps();
    const run = await watching(fakes);
    fakes.look = () => lookOf('fail');
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'rolled-back',
      championAfter: { version: '1' },
      grounds: [
        'It is fail after 2 windows.',
        'Version 1 is champion again; 33,000 predictions were replaced.',
        `${run.workflowId}/rollback rolled back, and corrections/flights/x.parquet lists the rows that changed`,
      ],
      rollback: { workflowId: `${run.workflowId}/rollback`, correctionFile: 'corrections/flights/x.parquet' },
    });
    const link = (id: string) => `[${id}](/namespaces/default/workflows/${encodeURIComponent(id)})`;
    expect(await cardOf(run)).toContain(`Rolled back by ${link(`${run.workflowId}/rollback`)}`);
    const child = room.adopt(`${run.workflowId}/rollback`, fakes);
    expect(await cardOf(child)).toContain(`| ends the promotion | ${link(run.workflowId)} |`);
    expect(fakes.argumentsOf('beginRollback')[0]?.input).toEqual({
      pipeline: 'flights',
      to: '1',
      by: 'watch',
      reason: 'It is fail after 2 windows.',
    });
    expect(fakes.argumentsOf('closePromotion')[0]).toMatchObject({ outcome: 'rolled-back' });
    await recordHistory(run, 'promote-watch-rolled-back');
  });

  it('whose rollback cannot be done calls for a person and tries again', async () => {
    let tries = 0;
    const fakes = withoutSteps({
      beginRollback: () =>
        tries++ === 0
          ? Promise.reject(new PermanentFailure('ROLLBACK_TARGET_UNVERIFIED', 'Version 1 cannot be restored.'))
          : new Fakes().activities.beginRollback({ input: promoteInput } as never),
    });
    const run = await watching(fakes);
    fakes.look = () => lookOf('fail');
    await run.signal('cycle-published');
    const { waitingFor, notes } = await until(run, (status) => status.notes.length > 0);
    expect(notes[0]).toContain(
      'ALARM: the watch found harm, but the rollback did not end well: Version 1 cannot be restored.',
    );
    expect(waitingFor).toContain('a person: the automatic rollback failed');
    expect((await promoteResultOf(run)).status).toBe('rolled-back');
    expect(tries).toBe(2);
  });

  it('that is over and settled nothing ends as promoted and says so', async () => {
    const fakes = withoutSteps();
    const run = await watching(fakes);
    fakes.look = () => lookOf('inconclusive');
    const result = await promoteResultOf(run);
    expect(result.status).toBe('promoted');
    expect(result.grounds.at(-1)).toBe('the watch is over and settled nothing: It is inconclusive after 2 windows.');
    expect(fakes.count('askGoAhead')).toBe(0);
  });

  it('ends where a person rolls back meanwhile', async () => {
    const fakes = withoutSteps();
    const run = await watching(fakes);
    fakes.standing = { status: 'overturned', grounds: ['a rollback made version 1 champion, by record 42'] };
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'rolled-back',
      grounds: ['a rollback made version 1 champion, by record 42'],
    });
    expect(fakes.count('beginRollback')).toBe(0);
  });

  it('does not follow the first champion, nor a policy of no cycles', async () => {
    for (const fakes of [
      new RolloutFakes({ watch: { cycles: 0, pollMs: 1000, deadlineMs: 86_400_000 }, steps: [] }),
      new RolloutFakes(
        {},
        { beginPromotion: () => Promise.resolve({ ...new RolloutFakes().opened(), champion: null }) },
      ),
    ]) {
      const run = await approvedRun(room, fakes);
      expect((await promoteResultOf(run)).status).toBe('promoted');
      expect(fakes.count('lookAtRollout') + fakes.count('beginStep')).toBe(0);
    }
  });
});

describe('a run that was terminated', () => {
  /** Ends the run as an operator would, and lets the next one take over. */
  async function takenOver(run: WorkflowHandle, fakes: RolloutFakes): Promise<WorkflowHandle> {
    await run.terminate('a test');
    const calls = fakes.calls.length;
    const next = await room.start('promote', promoteInput, fakes);
    room.adopt(`${next.workflowId}/rollback`, fakes);
    fakes.look = () => lookOf('pass');
    expect((await promoteResultOf(next)).status).toBe('promoted');
    fakes.calls.splice(0, calls);
    return next;
  }

  it.each([0, 1])('in step %i is taken over in that step, without new gates', async (step) => {
    const fakes = new RolloutFakes();
    fakes.look = (at) => lookOf(at.step === step ? 'waiting' : 'pass');
    const run = await approvedRun(room, fakes);
    await until(run, ({ rollout }) => rollout?.step === step + 1);
    await takenOver(run, fakes);
    expect(fakes.count('evaluateFold') + fakes.count('recordGates') + fakes.count('requestApproval')).toBe(0);
    expect(fakes.argumentsOf('beginStep').map((request) => request.step)).toEqual(step === 0 ? [0, 1] : [1]);
    expect(fakes.argumentsOf('changeChampion')[0]?.gates.reportDigest).toBe(reportDigest);
  });

  it('in its watch is taken over there', async () => {
    const fakes = withoutSteps();
    const run = await watching(fakes);
    await takenOver(run, fakes);
    expect(fakes.names().filter((name) => name !== 'beginPromotion' && name !== 'readStanding')).toEqual([
      'projectChampion',
      'lookAtRollout',
      'closePromotion',
    ]);
  });

  it('after the end of its rollout, and before what it served was replaced, is finished as that end says', async () => {
    const fakes = new RolloutFakes();
    fakes.standing = { status: 'ended', outcome: 'rolled-back', grounds: ['it loses'] };
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'rolled-back', championAfter: { version: '1' } });
    expect(fakes.names()).toEqual(['beginPromotion', 'endRollout', 'takeBackShare', 'closePromotion']);
  });

  it('is closed by an abort that the next run is started with, before anything is measured', async () => {
    const fakes = new RolloutFakes();
    const run = await room.startWithSignal('promote', promoteInput, fakes, 'abort', { by: 'Dora', reason: 'stuck' });
    expect(await promoteResultOf(run)).toMatchObject({ status: 'aborted', grounds: ['aborted by Dora: stuck'] });
    expect(fakes.names()).toEqual(['beginPromotion', 'judgeDecision', 'endRollout', 'closePromotion']);
  });

  it('and that a start for another version finds in a step is ended, before that version is tried', async () => {
    const fakes = new RolloutFakes();
    fakes.standing = { status: 'step', step: 0, sharePercent: 0 };
    const other = { ...fakes.opened(), rollout: { ...fakes.plan, standing: fakes.standing, isOther: true } };
    let starts = 0;
    fakes.activities.beginPromotion = () =>
      Promise.resolve(
        starts++ === 0
          ? other
          : { ...fakes.opened(), rollout: { ...fakes.plan, steps: [] }, appliedReport: null, approved: null },
      );
    const run = await room.start('promote', { ...promoteInput, version: '3' }, fakes);
    await untilAsked(run);
    expect(fakes.argumentsOf('closePromotion')[0]).toMatchObject({ outcome: 'superseded' });
    expect(fakes.count('endRollout')).toBe(1);
    await run.signal('abort', { by: 'Dora' });
    await promoteResultOf(run);
  });
});
