import { describe, expect, it } from 'vitest';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PromoteResult } from '../../workflows/api.js';
import { digest } from '../support/ledger.js';
import { approvedRun, askedRun, promoteInput, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { cardOf, failureOf, recordHistory, statusOf, until, untilAsked } from '../support/workflow-environment.js';
import {
  Fakes,
  failingReport,
  passingReport,
  promotionPlan,
  reportDigest,
  plannedTransition,
} from '../support/workflow-fakes.js';

const room = sharedRoom();

/** Steps that write to the ledger, move the alias or tell people. */
const recordingSteps = [
  'recordGates',
  'requestApproval',
  'notifyApproval',
  'judgeDecision',
  'changeChampion',
  'closePromotion',
  'projectChampion',
];

describe('gates', () => {
  it('that fail refuse the challenger: a result with reasons, not a failed run', async () => {
    const fakes = new Fakes({ assembleGateReport: () => Promise.resolve(failingReport) });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'refused',
      grounds: ['not-worse auc: it loses 0.1 of AUC'],
      championAfter: { version: '1' },
      approvedBy: null,
      alias: null,
    });
    expect(fakes.argumentsOf('closePromotion')[0]).toMatchObject({ outcome: 'refused', reportDigest });
    expect(fakes.count('requestApproval') + fakes.count('changeChampion')).toBe(0);
    expect(await cardOf(run)).toContain('Version 2 was refused: not-worse auc: it loses 0.1 of AUC. Version 1 stays.');
    await recordHistory(run, 'promote-refused');
  });

  it('that are inconclusive refuse as well: no data is never a pass', async () => {
    const fakes = new Fakes({
      assembleGateReport: () => Promise.resolve({ ...passingReport, verdict: 'inconclusive', checks: [] }),
    });
    const run = await room.start('promote', promoteInput, fakes);
    expect((await promoteResultOf(run)).status).toBe('refused');
    expect(fakes.count('requestApproval')).toBe(0);
  });

  it('are measured again when the champion changed meanwhile', async () => {
    let measured = 0;
    const fakes = new Fakes({
      recordGates: () => Promise.resolve(measured++ === 0 ? 'stale' : 'recorded'),
    });
    const run = await approvedRun(room, fakes);
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(fakes.count('beginPromotion')).toBe(2);
    expect(fakes.count('evaluateFold')).toBe(6);
  });

  it('that never hold still end the promotion after five rounds', async () => {
    const fakes = new Fakes({ recordGates: () => Promise.resolve('stale') });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'superseded',
      grounds: ['the evidence changed 5 times'],
    });
  });
});

describe('evidence that changes after the approval', () => {
  it('voids it, says why, and asks again for the new report', async () => {
    const reports = ['first', 'second'].map((name) => ({ ...passingReport, reportDigest: digest(name) }));
    let round = -1;
    const fakes = new Fakes({
      assembleGateReport: () => Promise.resolve(reports[++round]!),
      confirmEvidence: () => Promise.resolve(round === 0 ? ['labels of 2001-03-05 have changed'] : []),
    });
    const run = await askedRun(room, fakes);
    await run.signal('approve', { by: 'Anna', reportDigest: digest('first'), reason: 'better' });
    await until(run, (status) => status.phase === 'gates passed' && status.reportDigest === digest('second'));
    expect(await cardOf(run)).toContain(
      'The approval by Anna is void: labels of 2001-03-05 have changed. The gates are measured again.',
    );
    await run.signal('approve', { by: 'Anna', reportDigest: digest('first'), reason: 'better' });
    await until(run, ({ notes }) => notes.some((note) => note.includes('did not count')));
    await run.signal('approve', { by: 'Berta', reportDigest: digest('second'), reason: 'better' });
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', approvedBy: 'Berta' });
    expect(fakes.argumentsOf('requestApproval').map((asked) => asked.reportDigest)).toEqual([
      digest('first'),
      digest('second'),
    ]);
    await recordHistory(run, 'promote-approval-void');
  });
});

describe('a plan', () => {
  it('is written down by a dry run that is asked for it', async () => {
    const fakes = new Fakes({
      beginPromotion: () => Promise.resolve({ ...promotionPlan, promotionId: null, dryRun: true, planOnly: true }),
    });
    const run = await room.start('promote', { ...promoteInput, planOnly: true }, fakes);
    const result = (await run.result()) as PromoteResult;
    expect(result).toMatchObject({ status: 'dry-run', plan: { planDigest: plannedTransition.planDigest } });
    expect(fakes.names().slice(-2)).toEqual(['logGateReport', 'planTransition']);
  });

  it('that is applied ends before anybody is asked when what was measured is not what was planned', async () => {
    const moves = ['PLAN_STALE: report is x, expected y, as planned'];
    const fakes = new Fakes({
      beginPromotion: () => Promise.resolve({ ...promotionPlan, appliedPlan: 'abcdef12' }),
      findPlanMoves: () => Promise.resolve(moves),
    });
    const run = await room.start('promote', { ...promoteInput, plan: 'abcdef12' }, fakes);
    expect((await run.result()) as PromoteResult).toMatchObject({ status: 'superseded', grounds: moves });
    expect(fakes.count('recordGates') + fakes.count('requestApproval') + fakes.count('changeChampion')).toBe(0);
    expect(fakes.argumentsOf('closePromotion')).toMatchObject([{ outcome: 'superseded', grounds: moves }]);
  });
});

describe('a dry run', () => {
  it('measures and reports, and calls no step that records anything', async () => {
    const fakes = new Fakes({
      beginPromotion: () => Promise.resolve({ ...promotionPlan, promotionId: null, dryRun: true }),
    });
    const run = await room.start('promote', { ...promoteInput, dryRun: true }, fakes);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'dry-run', gates: { reportDigest }, alias: null });
    expect(fakes.names().filter((name) => recordingSteps.includes(name))).toEqual([]);
  });
});

describe('a registry that is away', () => {
  it('makes the promotion wait on a durable timer and say so, until it answers', async () => {
    let isAway = true;
    const fakes = new Fakes({
      projectChampion: () =>
        isAway
          ? Promise.reject(new Error('MLflow at http://registry.test does not answer'))
          : Promise.resolve({ status: 'projected', summary: 'champion moved to version 2' }),
    });
    const run = await approvedRun(room, fakes);
    await until(run, ({ waitingFor }) => waitingFor?.startsWith('the model registry (setting the alias)') === true);
    expect(await cardOf(run)).toContain('setting the alias waits: MLflow at http://registry.test does not answer');
    expect(fakes.count('closePromotion')).toBe(0);
    isAway = false;
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', alias: 'champion moved to version 2' });
    expect((await statusOf(run)).waitingFor).toBeNull();
    await recordHistory(run, 'promote-registry-away');
  });

  it('for hours leaves room for other notes on the card', async () => {
    let calls = 0;
    const fakes = new Fakes({
      logGateReport: () =>
        calls++ < 50 ? Promise.reject(new Error('MLflow does not answer')) : Promise.resolve('http://registry.test'),
    });
    const run = await room.start('promote', promoteInput, fakes);
    await run.signal('approve', null);
    await room.sleep(10 * 3_600_000);
    await untilAsked(run);
    const { notes, waitingFor } = await statusOf(run);
    expect(notes).toHaveLength(2);
    expect(waitingFor).toContain("a person's approval");
    await run.signal('abort', { by: 'Anna' });
    await promoteResultOf(run);
  });

  it('is no excuse for a permanent refusal, which ends the run at once', async () => {
    const fakes = new Fakes({
      logGateReport: () => Promise.reject(new PermanentFailure('REGISTRY_REFUSED', 'MLflow refused the report.')),
    });
    const run = await room.start('promote', promoteInput, fakes);
    const failure = await failureOf(run);
    expect(failure.type).toBe('REGISTRY_REFUSED');
    expect(fakes.count('logGateReport')).toBe(1);
  });
});

describe('a webhook that fails', () => {
  it('is noted and never holds up the decision', async () => {
    const fakes = new Fakes({ notifyApproval: () => Promise.reject(new Error('the webhook answered 500')) });
    const run = await approvedRun(room, fakes);
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect((await statusOf(run)).notes).toEqual(['The webhook could not be told: the webhook answered 500.']);
    expect(fakes.count('notifyApproval')).toBe(3);
  });
});

describe('a promotion that another run began', () => {
  it('and still works on is left to it', async () => {
    const elsewhere: PromoteResult = {
      status: 'in-progress-elsewhere',
      summary: 'Nothing was started.',
      promotionId: 'flights/v2/1',
      challenger: promotionPlan.challenger,
      championBefore: promotionPlan.champion,
      championAfter: promotionPlan.champion,
      gates: null,
      approvedBy: null,
      grounds: [],
      alias: null,
    };
    const fakes = new Fakes({ beginPromotion: () => Promise.resolve({ status: 'elsewhere', result: elsewhere }) });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toEqual(elsewhere);
    expect(fakes.names()).toEqual(['beginPromotion']);
  });

  it('with an approval on record is finished without asking again, when the evidence is the same', async () => {
    const approved = { reportDigest, by: 'Anna', reason: '' };
    const fakes = new Fakes({ beginPromotion: () => Promise.resolve({ ...promotionPlan, approved }) });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', approvedBy: 'Anna' });
    expect(fakes.count('requestApproval')).toBe(0);
  });

  it('with an approval of other evidence asks again', async () => {
    const approved = { reportDigest: digest('other'), by: 'Anna', reason: '' };
    const fakes = new Fakes({ beginPromotion: () => Promise.resolve({ ...promotionPlan, approved }) });
    const run = await askedRun(room, fakes);
    expect(fakes.count('changeChampion')).toBe(0);
    await run.signal('abort', { by: 'Anna' });
    await promoteResultOf(run);
  });

  it('with an abort or a rejection on record is only closed', async () => {
    const stopped = { decision: 'reject', by: 'Carl', reason: 'small airports lose' } as const;
    const fakes = new Fakes({ beginPromotion: () => Promise.resolve({ ...promotionPlan, stopped }) });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'rejected',
      grounds: ['rejected by Carl: small airports lose'],
    });
    expect(fakes.names()).toEqual(['beginPromotion', 'closePromotion']);
  });

  it('and whose champion is changed already has its alias set and is closed', async () => {
    const plan = { ...promotionPlan, appliedReport: reportDigest, approved: { reportDigest, by: 'Anna', reason: '' } };
    const fakes = new Fakes({ beginPromotion: () => Promise.resolve(plan) });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', approvedBy: 'Anna', gates: null });
    expect(fakes.names()).toEqual(['beginPromotion', 'projectChampion', 'closePromotion']);
    expect(fakes.argumentsOf('closePromotion')[0]?.reportDigest).toBe(reportDigest);
  });
});
