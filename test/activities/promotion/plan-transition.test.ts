import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPromotion, type PromotionPlan } from '../../../activities/promotion/begin-promotion.js';
import { findPlanMoves, groundOf, planTransition } from '../../../activities/promotion/plan-transition.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { LedgerBuilder, model, pipeline, registered } from '../../support/ledger.js';
import { passingReport, plannedTransition } from '../../support/workflow-fakes.js';

const gates = { ...passingReport, reportUrl: null };

let world: ActivityWorld;
beforeEach(async () => {
  world = await ActivityWorld.create(new LedgerBuilder().promote('p1', null, 'a').append(registered('b')));
});
afterEach(() => world.remove());

async function begin(overrides: object = {}): Promise<PromotionPlan> {
  const services = { ...world.services, directory: { isRunning: () => Promise.resolve(false) } };
  const input = { pipeline, asOf: '2001-03-20', ...overrides };
  const start = await openPromotion(services, { input, run: runOf('r1'), stamp: stampOf('r1') });
  if (start.status !== 'open') throw new Error(start.status);
  return start;
}

/** The digest of a plan of today. */
async function plan(): Promise<string> {
  const promotion = await begin({ planOnly: true });
  return (await planTransition(world.services, { promotion, gates })).planDigest;
}

describe('a plan', () => {
  it('says who follows whom, on what evidence, by which steps, and opens nothing', async () => {
    const records = (await world.records()).length;
    const promotion = await begin({ planOnly: true });
    expect(promotion).toMatchObject({ dryRun: true, planOnly: true, promotionId: null });
    const planned = await planTransition(world.services, { promotion, gates });
    expect(planned).toMatchObject({
      champion: model('a'),
      challenger: model('b'),
      decisionEpoch: 1,
      reportDigest: gates.reportDigest,
      rollbackTarget: model('a'),
      undo: { to: model('a'), rowsPerWindow: null, secondsPerWindow: null },
      harm: { alpha: 0.05, leastWindows: 4, stepWindows: 0, watchWindows: planned.watchCycles },
    });
    expect((await world.records()).length).toBe(records);
  });

  it('is the same under the same digest however often it is made', async () => {
    const first = await plan();
    expect(await plan()).toBe(first);
    expect(await world.store.list(`plans/${pipeline}`)).toEqual([`${first}.json`]);
  });

  it('says that its data clock was asked for, so that the command that applies it names it', async () => {
    const planned = await planTransition(world.services, { promotion: await begin({ planOnly: true }), gates });
    expect(planned).toMatchObject({ isAsOfAsked: true, asOf: '2001-03-20T00:00:00.000Z' });
    const served = { modelDigest: model('a').modelDigest, decisionEpoch: 1, windowEnd: '2001-03-20T00:00:00.000Z' };
    await world.commit(await world.adopt(served));
    const promotion = await begin({ planOnly: true, asOf: undefined });
    expect(await planTransition(world.services, { promotion, gates })).not.toHaveProperty('isAsOfAsked');
  });

  it.each([
    [{ deadlineMs: 60_000, inTime: true, inMemory: true }, 60],
    [{ deadlineMs: 60_000, inTime: false, inMemory: true }, null],
  ])('takes the deadline that was kept as the most that scoring a window costs: %j', async (facts, seconds) => {
    const report = { probes: { volume: { status: 'measured', facts } } };
    await world.store.createIfAbsent(`reports/${gates.reportDigest}/report.json`, JSON.stringify(report));
    const planned = await planTransition(world.services, { promotion: await begin({ planOnly: true }), gates });
    expect(planned.undo.secondsPerWindow).toBe(seconds);
  });

  it("takes what undoing costs from published windows and the report's forecast", async () => {
    await world.commit(await world.adopt({ rows: 1_500, modelDigest: model('a').modelDigest, decisionEpoch: 1 }));
    const volume = { status: 'measured', facts: { deadlineMs: 60_000, timeHeadroom: 16 } };
    await world.store.createIfAbsent(
      `reports/${gates.reportDigest}/report.json`,
      JSON.stringify({ probes: { volume } }),
    );
    const planned = await planTransition(world.services, { promotion: await begin({ planOnly: true }), gates });
    expect(planned.undo).toEqual({ to: model('a'), rowsPerWindow: 1_500, secondsPerWindow: 3.75 });
  });
});

describe('a plan that is applied', () => {
  it('opens its promotion while nothing has moved, named whole or by its beginning', async () => {
    const digest = await plan();
    const applied = await begin({ plan: digest.slice(0, 8) });
    expect(applied).toMatchObject({ promotionId: 'flights/v2/1', dryRun: false, appliedPlan: digest.slice(0, 8) });
    const now = { ...groundOf(applied), reportDigest: gates.reportDigest };
    expect(await findPlanMoves(world.store, digest, now)).toEqual([]);
    expect(await findPlanMoves(world.store, digest, { ...now, reportDigest: 'f'.repeat(64) })).toEqual([
      { field: 'report', found: 'f'.repeat(64), expected: `${gates.reportDigest}, as planned` },
    ]);
  });

  it('takes the version that it was made for, whatever is newer', async () => {
    const digest = await plan();
    await world.append(registered('c'));
    expect(await begin({ plan: digest })).toMatchObject({ challenger: model('b'), promotionId: 'flights/v2/1' });
  });

  it('of a first champion takes the path of a first champion', async () => {
    await world.remove();
    world = await ActivityWorld.create(new LedgerBuilder().append(registered('a')));
    const promotion = await begin({ planOnly: true, bootstrap: true });
    const { planDigest } = await planTransition(world.services, { promotion, gates });
    expect(await begin({ plan: planDigest })).toMatchObject({ promotionId: 'flights/v1/1', champion: null });
  });

  it('is refused with everything that moved, and opens nothing', async () => {
    const digest = await plan();
    const { current } = world.definitions;
    world.definitions.current = { ...current, watch: { ...current.watch, cycles: current.watch.cycles + 1 } };
    await world.append(registered('c'));
    const records = (await world.records()).length;
    const refused = begin({ plan: digest, version: '3', asOf: '2001-03-21' });
    await expect(refused).rejects.toMatchObject({ type: 'PLAN_STALE' });
    const { problems } = (await refused.catch((error: unknown) => error)) as { problems: { field: string }[] };
    expect(problems.map(({ field }) => field)).toEqual(['challenger', 'definition', 'asOf', 'windows']);
    expect((await world.records()).length).toBe(records);
  });

  it('is refused when another champion came and went back: the epoch is another', async () => {
    const digest = await plan();
    const now = { ...groundOf(await begin({ planOnly: true })), decisionEpoch: 3 };
    expect(await findPlanMoves(world.store, digest, now)).toEqual([
      { field: 'decisionEpoch', found: '3', expected: '1, as planned' },
    ]);
  });

  it.each(['0'.repeat(12), 'f'.repeat(64)])('is refused when nobody made it: %s', async (unknown) => {
    await plan();
    await expect(begin({ plan: unknown })).rejects.toMatchObject({ type: 'PLAN_STALE', problems: [{ field: 'plan' }] });
  });

  it('is refused when its file was changed', async () => {
    const digest = await plan();
    const forged = '0'.repeat(64);
    await world.store.createIfAbsent(`plans/${pipeline}/${forged}.json`, JSON.stringify(plannedTransition));
    await expect(begin({ plan: forged })).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
    const file = path.join(world.store.root, 'plans', pipeline, `${digest}.json`);
    await expect(writeFile(file, 'x')).resolves.toBeUndefined();
    await expect(begin({ plan: digest })).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });

  it('is not a dry run too', async () => {
    await expect(begin({ plan: 'a'.repeat(12), dryRun: true })).rejects.toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'plan' }],
    });
    await expect(begin({ plan: 'no digest' })).rejects.toMatchObject({ problems: [{ field: 'plan' }] });
  });
});
