import { afterEach, describe, expect, it } from 'vitest';
import { pinScore, type PinningServices, type ScorePlan } from '../../../activities/scoring/begin-score.js';
import { runIdentityOf } from '../../../activities/scoring/run-identity.js';
import { ActivityWorld, runOf } from '../../support/activity-world.js';
import { planLadder, type Rung } from '../../../domain/score-ladder.js';
import { digest, LedgerBuilder, model, registered } from '../../support/ledger.js';
import type { RunContext } from '../../../workflows/run-context.js';

let world: ActivityWorld;
afterEach(() => world.remove());

const twoChampions = () => new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');

async function open(ledger: LedgerBuilder): Promise<void> {
  world = await ActivityWorld.create(ledger);
}

function pin(input: unknown = { pipeline: 'flights' }, run: RunContext = runOf('r1')): Promise<ScorePlan> {
  const coverage = { first: '2001-02-01T00:00:00.000Z', last: '2001-06-30T22:00:00.000Z' };
  const dataset: Pick<PinningServices['dataset'], 'coverage'> = { coverage: () => Promise.resolve(coverage) };
  const { store, definitions, table } = world;
  return pinScore(
    { store, definitions, table, dataset: dataset as PinningServices['dataset'], codeVersion: 'v' },
    input,
    run,
  );
}

async function publish(window: string, rows: number, decisionEpoch: number): Promise<void> {
  const windowEnd = new Date(Date.parse(window) + 86_400_000).toISOString();
  await world.commit(await world.adopt({ window, windowEnd, rows, decisionEpoch, runIdentity: digest(window) }));
}

describe('the pins of a scoring run', () => {
  it('are taken from the ledger, the definition and the table, once', async () => {
    await open(twoChampions());
    const state = await world.state();
    expect(await pin()).toMatchObject({
      pipeline: 'flights',
      codeVersion: 'v',
      window: { start: '2001-02-01T00:00:00.000Z', end: '2001-02-02T00:00:00.000Z' },
      decisionEpoch: 2,
      ledger: state.head,
      champion: model('b'),
      previousChampion: model('a'),
      shadows: [model('a')],
      recentRows: [],
      actor: { name: 'unnamed person', kind: 'person' },
      reason: 'scoring started by hand',
    });
  });

  it('have the window’s start as the data clock, or the nominal time of a schedule', async () => {
    await open(twoChampions());
    expect((await pin({ pipeline: 'flights', window: '2001-03-05' })).asOf).toBe('2001-03-05T00:00:00.000Z');
    const scheduledFor = '2001-03-04T18:00:00.000Z';
    const plan = await pin(undefined, runOf('r2', { scheduledFor, scheduleId: 'score/flights' }));
    expect(plan).toMatchObject({
      asOf: scheduledFor,
      window: { start: '2001-03-05T00:00:00.000Z' },
      actor: { name: 'score/flights', kind: 'schedule' },
      reason: 'scoring by schedule',
    });
  });

  it('give the same run identity however many unrelated records are written meanwhile', async () => {
    await open(twoChampions());
    const before = await pin();
    await world.append(registered('d'));
    const later = await pin();
    expect(later.ledger).not.toEqual(before.ledger);
    const identities = [before, later].map((plan) => runIdentityOf(plan, digest('snapshot'), championOf(plan)));
    expect(identities[0]).toBe(identities[1]);
  });

  it('give another run identity when other models score, served or not', async () => {
    await open(twoChampions());
    const plan = await pin();
    const rungs = planLadder(plan);
    expect(rungs).toHaveLength(4);
    expect(new Set(rungs.map((rung) => runIdentityOf(plan, digest('snapshot'), rung))).size).toBe(4);
  });

  it('hold what is published for the window, to compare with, and the version that shows it', async () => {
    await open(twoChampions());
    expect((await pin({ pipeline: 'flights', window: '2001-02-01' })).live).toBeNull();
    await publish('2001-02-01', 100, 1);
    await publish('2001-02-02', 100, 1);
    const { live } = await pin({ pipeline: 'flights', window: '2001-02-01' });
    expect(live).toEqual({ identity: digest('2001-02-01'), tableVersion: 1, rows: 100 });
  });

  it('leave windows without rows out of what is usual', async () => {
    await open(twoChampions());
    await publish('2001-02-01', 100, 1);
    await publish('2001-02-02', 0, 1);
    expect((await pin({ pipeline: 'flights', window: '2001-02-03' })).recentRows).toEqual([100]);
  });

  it('skip windows that are published, and know their row counts in time order', async () => {
    await open(twoChampions());
    await publish('2001-02-02', 200, 1);
    await publish('2001-02-01', 100, 1);
    const plan = await pin();
    expect(plan.window.start).toBe('2001-02-03T00:00:00.000Z');
    expect(plan.recentRows).toEqual([100, 200]);
  });

  it('leave the window’s own earlier publication out of what is usual', async () => {
    await open(twoChampions());
    await publish('2001-02-01', 100, 1);
    await publish('2001-02-02', 200, 1);
    expect((await pin({ pipeline: 'flights', window: '2001-02-02' })).recentRows).toEqual([100]);
  });

  it('let the previous champion score along until the watch has seen its cycles in this epoch', async () => {
    await open(twoChampions());
    await publish('2001-02-01', 100, 1);
    await publish('2001-02-02', 100, 2);
    expect((await pin()).shadows).toEqual([model('a')]);
    await publish('2001-02-03', 100, 2);
    expect((await pin()).shadows).toEqual([]);
  });

  it('let the previous champion score along for as long as days without rows are no cycles of the watch', async () => {
    await open(twoChampions());
    await publish('2001-02-01', 100, 2);
    await publish('2001-02-02', 0, 2);
    expect((await pin()).shadows).toEqual([model('a')]);
  });
});

function championOf(plan: ScorePlan): Rung {
  return { served: { model: plan.champion, cohort: 'champion' }, shadows: [] };
}

describe('no pins are taken', () => {
  it('of an empty form', async () => {
    await open(twoChampions());
    await expect(pin(null)).rejects.toMatchObject({ type: 'INVALID_INPUT' });
  });

  it('without a champion, and the way to the first one is shown', async () => {
    await open(new LedgerBuilder().append(registered('a')));
    await expect(pin()).rejects.toMatchObject({
      type: 'NO_CHAMPION',
      example: expect.stringContaining('{"pipeline":"flights","bootstrap":true}') as unknown,
    });
  });
});
