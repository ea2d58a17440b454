import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openPromotion, type PromotionStart } from '../../../activities/promotion/begin-promotion.js';
import { askGoAhead } from '../../../activities/rollout/ask-go-ahead.js';
import { beginStep, type StepStart } from '../../../activities/rollout/begin-step.js';
import { endRollout } from '../../../activities/rollout/end-rollout.js';
import { shadow, share } from '../../../contracts/define-rollout.js';
import type { LedgerEvent } from '../../../domain/ledger/events.js';
import type { RolloutAnalyzed } from '../../../domain/ledger/promotion-events.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import { standingOf } from '../../../domain/rollout/standing.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { closed, digest, hour, model, pipeline, registered, rolledBack } from '../../support/ledger.js';
import { rollingOut } from '../../support/splits.js';

let world: ActivityWorld;
afterEach(() => world.remove());

const rollout = [shadow({ cycles: 1 }), share(5), share(25)];
const reportPath = `reports/${digest('report p3')}/report.json`;
const alive = new Set<string>();

/** `b` is champion, `c` is approved and about to be rolled out as `p3`; the run `dead` that began it has ended. */
async function open(overrides: Partial<PipelineDefinition> = {}): Promise<void> {
  alive.clear();
  world = await ActivityWorld.create(rollingOut('c'), flightsDefinition({ rollout, ...overrides }));
  await world.store.createIfAbsent(reportPath, 'report p3');
}

async function requestOf(runId = 'r1', hours = 80) {
  const { digest: definitionDigest } = await world.definitions.load();
  const promotion = {
    ...{ pipeline, promotionId: 'p3', definitionDigest, challenger: model('c'), champion: model('b') },
    reason: 'a test',
  };
  return { promotion, stamp: stampOf(runId, hours) };
}

async function begin(step: number, runId = 'r1'): Promise<StepStart> {
  return beginStep(world.store, { ...(await requestOf(runId)), step }, rollout);
}

async function end(outcome: 'aborted' | 'rolled-back' | 'superseded' = 'rolled-back') {
  return endRollout(world.store, { ...(await requestOf()), outcome, grounds: ['it loses'] });
}

function look(name: string, verdict: RolloutAnalyzed['verdict'] = 'inconclusive'): LedgerEvent {
  const windows: RolloutAnalyzed['windows'] = [];
  const at = { type: 'rollout-analyzed', promotionId: 'p3', phase: 'step', step: 0 } as const;
  return { ...at, reportDigest: digest(name), verdict, sentence: 'nothing is shown', windows };
}

function decision(what: 'approve' | 'reject', name: string): LedgerEvent {
  const at = { type: 'decision-received', promotionId: 'p3', by: 'Berta', accepted: true, note: '' } as const;
  return { ...at, decision: what, reportDigest: digest(name) };
}

const standing = async () => standingOf(await world.state(), 'p3');

/** A start of `promote` by a run. */
async function start(runId: string, input: object = {}): Promise<PromotionStart> {
  const directory = { isRunning: ({ workflowId }: { workflowId: string }) => Promise.resolve(alive.has(workflowId)) };
  const given = { pipeline, asOf: '2001-03-20', ...input };
  return openPromotion(
    { ...world.services, directory },
    { input: given, run: runOf(runId), stamp: stampOf(runId, 90) },
  );
}

describe('a step', () => {
  it('begins once however often it is repeated, with the same salt for all of them, and in order', async () => {
    await open();
    expect(await begin(1)).toMatchObject({ status: 'void' });
    for (const step of [0, 0, 1, 2]) expect(await begin(step)).toEqual({ status: 'begun' });
    const { splitHistory } = await world.state();
    expect(splitHistory.map(({ step, sharePercent }) => [step, sharePercent])).toEqual([
      [0, 0],
      [1, 5],
      [2, 25],
    ]);
    expect(new Set(splitHistory.map(({ salt }) => salt)).size).toBe(1);
    expect(await standing()).toEqual({ status: 'step', step: 2, sharePercent: 25 });
  });

  it('does not begin, and says which file, where the approved report was tampered with', async () => {
    await open();
    await begin(0);
    const before = await world.records();
    await writeFile(await world.store.localPath(reportPath), 'report p3, with a better verdict');
    expect(await begin(1)).toEqual({
      status: 'tampered',
      grounds: [expect.stringContaining(`the approved report was tampered with: ${reportPath} is a file with sha256`)],
    });
    expect(await begin(0)).toEqual({ status: 'begun' });
    expect(await world.records()).toEqual(before);
  });

  it('does not begin where the champion was rolled back since', async () => {
    await open();
    await begin(0);
    await world.append(rolledBack('r9', 'b', 'a'));
    expect(await standing()).toMatchObject({ status: 'overturned' });
    expect(await begin(1)).toMatchObject({ status: 'void' });
  });
});

describe('the end of a rollout', () => {
  it('revokes the challenger once, and says how the promotion is closed', async () => {
    await open();
    await begin(0);
    expect([await end(), await end()]).toEqual(['ended', 'ended']);
    const { split, revocations, decisionEpoch } = await world.state();
    expect(split).toBeNull();
    expect(revocations).toEqual([
      { modelDigest: model('c').modelDigest, atEpoch: decisionEpoch, fromEpoch: decisionEpoch - 1 },
    ]);
    expect(await standing()).toEqual({ status: 'ended', outcome: 'rolled-back', grounds: ['it loses'] });
  });

  it('is none where no step has begun', async () => {
    await open();
    const records = (await world.records()).length;
    expect(await end()).toBe('none');
    expect((await world.records()).length).toBe(records);
  });
});

describe('a look that settles nothing', () => {
  it('is asked about once, until the deadline of the policy, and is found answered', async () => {
    await open();
    await begin(0);
    await world.append(look('unsettled'));
    const ask = async (hours: number) =>
      askGoAhead(world.services, { ...(await requestOf('r1', hours)), reportDigest: digest('unsettled') });
    const deadlineAt = hour(80 + 72);
    expect(await ask(80)).toEqual({ deadlineAt, goAheadBy: null });
    expect(await ask(90)).toEqual({ deadlineAt, goAheadBy: null });
    await world.append(decision('approve', 'unsettled'));
    expect(await ask(95)).toEqual({ deadlineAt, goAheadBy: 'Berta' });
  });

  it('that a person rejected lets the promotion be closed as rejected, and not before', async () => {
    await open();
    await begin(0);
    await world.append(look('unsettled'));
    await end();
    await expect(world.append({ ...closed('p3', 'c', 'rejected') })).rejects.toThrow('accepted reject');
    await world.append(decision('reject', 'unsettled'));
    await world.append(closed('p3', 'c', 'rejected'));
    expect(await standing()).toMatchObject({ status: 'closed', outcome: 'rejected' });
  });

  it('may not be asked about where it settled something', async () => {
    await open();
    await begin(0);
    await world.append(look('settled', 'pass'));
    const request = { ...(await requestOf()), reportDigest: digest('settled') };
    await expect(askGoAhead(world.services, request)).rejects.toThrow('cannot take approval-requested');
  });
});

describe('a start that finds a rollout whose run is dead', () => {
  it('takes it over in the step in force, by the plan that it began with, and measures nothing', async () => {
    await open();
    await begin(0, 'dead');
    world.definitions.current = flightsDefinition({ rollout: [share(50)] });
    const plan = await start('r2');
    expect(plan).toMatchObject({
      status: 'open',
      promotionId: 'p3',
      approved: { by: 'Ada' },
      rollout: { steps: rollout, standing: { status: 'step', step: 0 }, isOther: false },
      evidence: { folds: [] },
    });
  });

  it('for another version is told to end it first', async () => {
    await open();
    await begin(0, 'dead');
    await world.append(registered('d'));
    expect(await start('r2', { version: '4' })).toMatchObject({ promotionId: 'p3', rollout: { isOther: true } });
  });

  it('finds a rejected look as the decision that ends it', async () => {
    await open();
    await begin(0, 'dead');
    await world.append(look('unsettled'));
    await world.append(decision('reject', 'unsettled'));
    expect(await start('r2')).toMatchObject({ stopped: { decision: 'reject', by: 'Berta' } });
  });

  it('and that goes on with one that is closed says how it ended, and opens nothing', async () => {
    await open();
    await world.append(closed('p3', 'c', 'expired'));
    const records = (await world.records()).length;
    const ended = await start('r2', { version: '3', resumes: 'p3' });
    expect(ended).toMatchObject({ status: 'elsewhere', result: { status: 'expired', promotionId: 'p3' } });
    expect((await world.records()).length).toBe(records);
  });
});

describe('a start while another run works on a promotion', () => {
  async function arrive(
    newerChallenger: 'refuse' | 'queue' | 'supersede',
    input: object = {},
  ): Promise<PromotionStart> {
    const { approval } = flightsDefinition();
    await open({ approval: { ...approval, newerChallenger } });
    await begin(0, 'owner');
    await world.append(registered('d'));
    alive.add(runOf('owner').workflow.workflowId);
    return start('r2', input);
  }

  it.each([
    ['refuse', {}, { status: 'elsewhere' }],
    ['queue', {}, { status: 'queued', version: '4', supersedes: false, behind: { version: '3' } }],
    ['supersede', {}, { status: 'queued', version: '4', supersedes: true, behind: { version: '3' } }],
    ['supersede', { version: '1' }, { status: 'queued', version: '1', supersedes: false }],
    ['queue', { version: '3' }, { status: 'elsewhere' }],
  ] as const)('with the policy %s and the input %j becomes %j', async (policy, input, expected) => {
    expect(await arrive(policy, input)).toMatchObject(expected);
  });

  it('does not try the version that it waited for a second time, when another run was quicker', async () => {
    const queued = await arrive('queue');
    if (queued.status !== 'queued') throw new Error('it was expected to wait');
    await end('superseded');
    await world.append(closed('p3', 'c', 'expired'));
    await world.append({ type: 'promotion-opened', promotionId: 'p4', kind: 'promotion', challenger: model('d') });
    await world.append(closed('p4', 'd', 'refused'));
    const late = await start('r2', { version: queued.version, queuedSince: queued.sinceNumber });
    expect(late).toMatchObject({ status: 'elsewhere', result: { status: 'refused', promotionId: 'p4' } });
  });
});
