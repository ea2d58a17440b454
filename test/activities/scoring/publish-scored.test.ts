import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../../activities/ledger/read-ledger.js';
import type { ScorePlan } from '../../../activities/scoring/begin-score.js';
import { publishScored } from '../../../activities/scoring/publish-scored.js';
import type { ScoredWindow } from '../../../activities/scoring/score-and-audit.js';
import { ActivityWorld, stampOf } from '../../support/activity-world.js';
import { day, digest, LedgerBuilder, model, pipeline, rolledBack } from '../../support/ledger.js';
import { scorePlan } from '../../support/workflow-fakes.js';

let world: ActivityWorld;
beforeEach(async () => {
  world = await ActivityWorld.create(new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
});
afterEach(() => world.remove());

const plan: ScorePlan = { ...scorePlan, decisionEpoch: 2, champion: model('b'), previousChampion: model('a') };

async function scored(overrides: Partial<ScoredWindow> = {}): Promise<ScoredWindow> {
  return {
    status: 'audited',
    runIdentity: digest('run'),
    snapshotDigest: digest('snapshot'),
    served: { model: model('b'), cohort: 'champion' },
    rows: 10,
    positives: 2,
    servedFile: await world.adopt(),
    shadowFiles: [],
    grounds: [],
    ...overrides,
  };
}

function publish(what: ScoredWindow) {
  return publishScored(world, { plan, scored: what, stamp: stampOf('r1') });
}

async function live() {
  return (await world.table.load(pipeline, 'predictions')).windows.get('2001-03-05');
}

describe('audited scores', () => {
  it('are published in one commit, and a repetition changes nothing', async () => {
    const what = await scored();
    expect(await publish(what)).toMatchObject({
      status: 'published',
      tableVersion: 0,
      rows: 10,
      positives: 2,
      window: day,
      summary: '10 predictions for 2001-03-05 were published by version 2.',
    });
    expect(await publish(what)).toMatchObject({ status: 'already-published', tableVersion: 0 });
    expect((await world.table.load(pipeline, 'predictions')).version).toBe(0);
  });

  it('of a window without rows are published as empty', async () => {
    expect(await publish(await scored({ rows: 0, positives: 0, servedFile: null }))).toMatchObject({
      status: 'published',
      rows: 0,
    });
    expect(await live()).toMatchObject({ rows: 0, identity: digest('run') });
  });

  it('of a model that was rolled back meanwhile are not published: the run has to pin again', async () => {
    await world.append(rolledBack('r', 'b', 'a'));
    expect(await publish(await scored())).toMatchObject({ status: 'revoked', tableVersion: null });
    expect(await live()).toBeUndefined();
  });

  it('never replace what a newer decision epoch published', async () => {
    await world.commit(await world.adopt({ decisionEpoch: 3, runIdentity: digest('newer') }));
    expect(await publish(await scored())).toMatchObject({ status: 'superseded', tableVersion: null });
    expect((await live())?.identity).toBe(digest('newer'));
  });
});

describe('scores of a fallback', () => {
  const fallback = { served: { model: model('a'), cohort: 'fallback' as const }, grounds: ['champion 2 crashed'] };

  it('are recorded in the ledger with what was intended, before they are published', async () => {
    const servedFile = await world.adopt({ modelDigest: model('a').modelDigest });
    expect(await publish(await scored({ ...fallback, servedFile }))).toMatchObject({
      status: 'published',
      cohort: 'fallback',
      model: model('a'),
      grounds: ['champion 2 crashed'],
    });
    expect(await world.lastEvent()).toMatchObject({
      type: 'fallback-scored',
      intendedDigest: model('b').modelDigest,
      servedDigest: model('a').modelDigest,
      grounds: ['champion 2 crashed'],
    });
  });
});

describe('a failed audit', () => {
  it('holds the window: one record with the reasons, nothing published, however often it is repeated', async () => {
    const held = await scored({ status: 'held', servedFile: null, grounds: ['12 scores are not finite'] });
    const before = (await world.records()).length;
    expect(await publish(held)).toMatchObject({ status: 'held', positives: 0, grounds: ['12 scores are not finite'] });
    await publish(held);
    expect((await world.records()).length).toBe(before + 1);
    expect(await world.lastEvent()).toMatchObject({ type: 'window-held', window: day });
    expect(await live()).toBeUndefined();
  });

  it('of a republication leaves what was published', async () => {
    await publish(await scored());
    await publish(await scored({ status: 'held', runIdentity: digest('again'), servedFile: null, grounds: ['bad'] }));
    expect(await live()).toMatchObject({ identity: digest('run'), rows: 10 });
  });
});

describe('what validation said', () => {
  it('stands in the result of a published window', async () => {
    expect(await publish(await scored({ warnings: ['distance drifted'] }))).toMatchObject({
      status: 'published',
      grounds: [],
      warnings: ['distance drifted'],
    });
  });

  it('holds a window by its grounds, which the ledger keeps, and leaves what was published', async () => {
    await publish(await scored());
    const stopped = { status: 'held', heldBy: 'validation', servedFile: null, grounds: ['origin is missing'] } as const;
    const again = await scored({ ...stopped, runIdentity: digest('other run') });
    expect(await publish(again)).toMatchObject({
      status: 'held',
      summary: '2001-03-05 is held: its rows failed validation, and what was published before stays as it is.',
      grounds: ['origin is missing'],
      tableVersion: null,
    });
    expect(await live()).toMatchObject({ identity: digest('run'), version: 0 });
    const { records } = await readLedger(world.store, pipeline);
    expect(records.at(-1)?.record.event).toMatchObject({ type: 'window-held', grounds: ['origin is missing'] });
  });
});
