import { afterEach, describe, expect, it } from 'vitest';
import {
  openPromotion,
  type PromotionPlan,
  type PromotionStart,
} from '../../../activities/promotion/begin-promotion.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import {
  changed,
  closed,
  decided,
  digest,
  evaluated,
  LedgerBuilder,
  model,
  opened,
  registered,
  requested,
} from '../../support/ledger.js';
import type { LedgerEvent } from '../../../domain/ledger/events.js';

let world: ActivityWorld;
afterEach(() => world.remove());

/** `a` is champion, `b` waits to be tried. */
const withChallenger = () => new LedgerBuilder().promote('p1', null, 'a').append(registered('b'));
const input = { pipeline: 'flights', asOf: '2001-03-20' };
const running = new Set<string>();

/** A step of the run `runId`; the runs in `running` are alive. */
function begin(runId: string, overrides: object = {}): Promise<PromotionStart> {
  const directory = { isRunning: (run: { runId: string }) => Promise.resolve(running.has(run.runId)) };
  const start = { input: { ...input, ...overrides }, run: runOf(runId), stamp: stampOf(runId) };
  return openPromotion({ ...world.services, directory }, start);
}

async function planOf(start: Promise<PromotionStart>): Promise<PromotionPlan> {
  const begun = await start;
  if (begun.status !== 'open') throw new Error(begun.result.summary);
  return begun;
}

async function open(ledger: LedgerBuilder, alive: readonly string[] = []): Promise<void> {
  running.clear();
  for (const runId of alive) running.add(runId);
  world = await ActivityWorld.create(ledger);
}

/** Appends as a run that was killed had written. */
function byRun(ledger: LedgerBuilder, runId: string, events: readonly LedgerEvent[]): LedgerBuilder {
  const { workflow } = stampOf(runId);
  return events.reduce((builder, event) => builder.append(event, { workflow }), ledger);
}

describe('a promotion', () => {
  it('takes the newest version that nothing speaks against, and opens in the ledger', async () => {
    await open(withChallenger());
    const plan = await planOf(begin('r1', { by: 'Anna', reason: 'new routes' }));
    expect(plan).toMatchObject({
      promotionId: 'flights/v2/1',
      challenger: model('b'),
      champion: model('a'),
      approved: null,
      stopped: null,
      appliedReport: null,
      actor: { name: 'Anna', kind: 'person' },
      reason: 'new routes',
      evidence: { kind: 'promotion', decisionEpoch: 1, asOf: '2001-03-20T00:00:00.000Z' },
    });
    expect(plan.evidence.folds.map(({ window }) => window.start.slice(0, 10))).toEqual([
      '2001-03-13',
      '2001-03-15',
      '2001-03-17',
    ]);
    expect(await world.lastEvent()).toMatchObject({
      type: 'promotion-opened',
      kind: 'promotion',
      challenger: model('b'),
    });
  });

  it('opens once, however often its first step is repeated', async () => {
    await open(withChallenger());
    const first = await begin('r1');
    const records = (await world.records()).length;
    expect(await begin('r1')).toEqual(first);
    expect((await world.records()).length).toBe(records);
  });

  it('of a version that was tried before has an id of its own', async () => {
    await open(
      withChallenger()
        .append(opened('flights/v2/1', 'b'))
        .append(closed('flights/v2/1', 'b', 'expired')),
    );
    expect((await planOf(begin('r1'))).promotionId).toBe('flights/v2/2');
  });

  it('without enough days for the folds opens nothing', async () => {
    await open(withChallenger());
    const records = (await world.records()).length;
    const failure = begin('r1', { asOf: '2001-03-13' });
    await expect(failure).rejects.toMatchObject({ type: 'TOO_FEW_ROWS' });
    await expect(failure).rejects.toThrow('2001-03-14T00:00:00.000Z or later');
    expect((await world.records()).length).toBe(records);
  });

  it('as a dry run writes nothing, also while another promotion is open', async () => {
    await open(withChallenger(), ['r0']);
    await begin('r0');
    const records = (await world.records()).length;
    expect(await planOf(begin('r1', { dryRun: true }))).toMatchObject({ promotionId: null, dryRun: true });
    expect((await world.records()).length).toBe(records);
  });
});

describe('the first champion', () => {
  it('never wins by default: the explicit path is asked for', async () => {
    await open(new LedgerBuilder().append(registered('a')));
    await expect(begin('r1')).rejects.toMatchObject({
      type: 'NO_CHAMPION',
      example: '{"pipeline":"flights","bootstrap":true}',
    });
    expect(await planOf(begin('r1', { bootstrap: true }))).toMatchObject({
      champion: null,
      evidence: { kind: 'bootstrap', champion: null },
    });
  });

  it('takes its path once', async () => {
    await open(withChallenger());
    await expect(begin('r1', { bootstrap: true })).rejects.toMatchObject({ type: 'CHAMPION_EXISTS' });
    await world.remove();
    await open(new LedgerBuilder().promote('p1', null, 'a'));
    await expect(begin('r1', { bootstrap: true })).rejects.toMatchObject({ type: 'CHAMPION_EXISTS' });
  });
});

describe('a challenger', () => {
  it('that is the champion already is refused', async () => {
    await open(withChallenger());
    await expect(begin('r1', { version: '1' })).rejects.toMatchObject({ type: 'IDENTICAL_MODELS' });
  });

  it('that nobody registered is refused with the versions there are', async () => {
    await open(withChallenger());
    await expect(begin('r1', { version: '7' })).rejects.toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'version', found: '7', expected: 'one of 1, 2' }],
    });
  });

  it('that was refused is tried again only by name', async () => {
    const ledger = withChallenger()
      .append(opened('p2', 'b'))
      .append(evaluated('p2', 'b', 'a', 1, { verdict: 'fail' }))
      .append(closed('p2', 'b', 'refused'));
    await open(ledger);
    await expect(begin('r1')).rejects.toMatchObject({ type: 'NO_CHALLENGER' });
    expect((await planOf(begin('r1', { version: '2' }))).challenger).toEqual(model('b'));
  });
});

describe('a promotion that is open already', () => {
  it('is left to the run that works on it', async () => {
    await open(withChallenger(), ['r0']);
    await begin('r0');
    const second = await begin('r1');
    expect(second).toMatchObject({
      status: 'elsewhere',
      result: { status: 'in-progress-elsewhere', promotionId: 'flights/v2/1', championAfter: model('a') },
    });
  });

  it('has one owner when two runs begin at the same time', async () => {
    await open(withChallenger(), ['r0', 'r1']);
    const begun = await Promise.all([begin('r0'), begin('r1')]);
    expect(begun.map(({ status }) => status).sort()).toEqual(['elsewhere', 'open']);
  });

  it('is taken over when its run has ended', async () => {
    await open(withChallenger());
    await begin('r0');
    expect(await planOf(begin('r1'))).toMatchObject({ promotionId: 'flights/v2/1', approved: null, stopped: null });
  });

  it('is taken over with the approval that was recorded', async () => {
    const course = [opened('p2', 'b'), evaluated('p2', 'b', 'a', 1), requested('p2'), decided('p2', 'approve')];
    await open(byRun(withChallenger(), 'r0', course));
    expect((await planOf(begin('r1'))).approved).toMatchObject({ reportDigest: digest('report p2'), by: 'Ada' });
  });

  it('is taken over with the reason of the last approver, and everybody who approved', async () => {
    const asked = byRun(withChallenger(), 'r0', [opened('p2', 'b'), evaluated('p2', 'b', 'a', 1), requested('p2')]);
    const ada = { ...decided('p2', 'approve', { quorum: 2 }), note: 'approval 1 of 2' } as LedgerEvent;
    const bo = { ...decided('p2', 'approve', { quorum: 2, by: 'Bo' }), note: 'approval 2 of 2' } as LedgerEvent;
    await open(asked.append(ada, { reason: 'better in May' }).append(bo, { reason: 'the slices hold' }));
    expect((await planOf(begin('r1'))).approved).toMatchObject({
      by: 'Bo',
      reason: 'the slices hold',
      approvers: ['Ada', 'Bo'],
    });
  });

  it.each([
    ['no changes over the holidays', 'no changes over the holidays'],
    ['abort, no reason given', ''],
  ])('is taken over with the words of who aborted: %s', async (recorded, reason) => {
    const note = 'abort before the change of champion always counts';
    const abort = { ...decided('p2', 'abort'), note } as LedgerEvent;
    await open(byRun(withChallenger(), 'r0', [opened('p2', 'b')]).append(abort, { reason: recorded }));
    expect((await planOf(begin('r1'))).stopped).toMatchObject({ by: 'Ada', reason });
  });

  it.each(['reject', 'abort'] as const)('is taken over with the %s that was recorded', async (decision) => {
    const course = [opened('p2', 'b'), evaluated('p2', 'b', 'a', 1), requested('p2'), decided('p2', decision)];
    await open(byRun(withChallenger(), 'r0', course));
    expect(await planOf(begin('r1'))).toMatchObject({ approved: null, stopped: { decision, by: 'Ada' } });
  });

  it('is taken over to finish it when the champion is changed already', async () => {
    const course = [opened('p2', 'b'), evaluated('p2', 'b', 'a', 1), requested('p2'), decided('p2', 'approve')];
    const ledger = byRun(withChallenger(), 'r0', course);
    await open(byRun(ledger, 'r0', [changed('p2', 'a', 'b', ledger.state.head.number)]));
    expect(await planOf(begin('r1'))).toMatchObject({
      promotionId: 'p2',
      appliedReport: digest('report p2'),
      challenger: model('b'),
      champion: model('a'),
      approved: { by: 'Ada' },
      evidence: { folds: [] },
    });
  });

  it('by a run that has ended is closed as superseded when another version is wanted', async () => {
    await open(withChallenger().append(registered('c')));
    await begin('r0', { version: '2' });
    expect((await planOf(begin('r1', { version: '3' }))).promotionId).toBe('flights/v3/1');
    const earlier = (await world.state()).promotions.get('flights/v2/1');
    expect(earlier).toMatchObject({ status: 'closed', outcome: 'superseded' });
  });

  it('and was aborted before its run ended is closed as aborted when another version is wanted', async () => {
    const ledger = byRun(withChallenger().append(registered('c')), 'r0', [opened('p2', 'b'), decided('p2', 'abort')]);
    await open(ledger);
    await begin('r1', { version: '3' });
    expect((await world.state()).promotions.get('p2')).toMatchObject({ outcome: 'aborted' });
  });
});
