import { afterEach, describe, expect, it } from 'vitest';
import { openPromotion } from '../../activities/promotion/begin-promotion.js';
import { createProjectionActivities } from '../../activities/promotion/projection-activities.js';
import { replaceServed } from '../../activities/rollback/replace-served.js';
import { ActivityWorld, runOf, stampOf } from '../support/activity-world.js';
import { closed, decided, LedgerBuilder, model, opened, pipeline, registered, rolledBack } from '../support/ledger.js';
import { OneAlias } from '../support/one-alias.js';
import { ScoringWorld } from '../support/scoring-world.js';
import { rollbackPlan } from '../support/workflow-fakes.js';

/** What other systems get wrong about who serves, and what holds here instead. */

let world: ActivityWorld;
afterEach(() => world.remove());

/** Model and cohort of every file that is served. */
async function served(scoring: ScoringWorld): Promise<readonly unknown[]> {
  const texts = await scoring.served();
  return texts.map((text) => (JSON.parse(text) as { readonly model: string }).model);
}

describe('the first champion takes its own explicit path (defect 4)', () => {
  const begin = (input: object) => {
    const directory = { isRunning: () => Promise.resolve(false) };
    const asked = { input: { pipeline, asOf: '2001-03-20', ...input }, run: runOf('r1'), stamp: stampOf('r1') };
    return openPromotion({ ...world.services, directory }, asked);
  };

  it('and without asking for it nothing is promoted where there is no champion', async () => {
    world = await ActivityWorld.create(new LedgerBuilder().append(registered('a')));
    await expect(begin({})).rejects.toMatchObject({ type: 'NO_CHAMPION' });
    expect((await world.state()).champion).toBeNull();
    expect(await begin({ bootstrap: true })).toMatchObject({ evidence: { kind: 'bootstrap', champion: null } });
  });

  it('which is closed once there is one', async () => {
    world = await ActivityWorld.create(new LedgerBuilder().promote('p1', null, 'a').append(registered('b')));
    await expect(begin({ bootstrap: true })).rejects.toMatchObject({ type: 'CHAMPION_EXISTS' });
  });
});

describe('who scores is resolved once (defect 6)', () => {
  it('so rows name the version that scored them, though the champion changed in between', async () => {
    const scoring = await ScoringWorld.create();
    ({ world } = scoring);
    const plan = await scoring.pin();
    await world.append(registered('c'));
    await scoring.shard(plan);
    await world.append(rolledBack('r', 'b', 'a'));
    // Revoked in between: nothing is published under a wrong name, the run pins again.
    expect(await scoring.publish(plan)).toMatchObject({ status: 'revoked' });
    expect(await scoring.served()).toEqual([]);
    expect(await scoring.run('r2')).toMatchObject({ status: 'published', model: model('a') });
    const { files } = await world.table.load(pipeline, 'predictions');
    expect(new Set(files.map(({ modelDigest }) => modelDigest))).toEqual(new Set([model('a').modelDigest]));
    expect(new Set(await served(scoring))).toEqual(new Set([model('a').modelDigest]));
  });
});

describe('who scores is resolved once, also when the champion is promoted in between (defect 6)', () => {
  it('so rows that are published name the version that scored them', async () => {
    const scoring = await ScoringWorld.create();
    ({ world } = scoring);
    const plan = await scoring.pin();
    await scoring.shard(plan);
    const { records } = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').promote('p3', 'b', 'c');
    for (const { record } of records.slice((await world.records()).length))
      await world.append(record.event, record.recordId, record.at);
    expect((await world.state()).champion).toEqual(model('c'));
    expect(await scoring.publish(plan)).toMatchObject({ status: 'published', model: model('b') });
    const { files } = await world.table.load(pipeline, 'predictions');
    expect(new Set(files.map(({ modelDigest }) => modelDigest))).toEqual(new Set([model('b').modelDigest]));
    expect(new Set(await served(scoring))).toEqual(new Set([model('b').modelDigest]));
  });
});

describe('what was aborted does not begin again by itself (defect 9)', () => {
  it('the next promotion that names no version leaves it out', async () => {
    const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b'));
    world = await ActivityWorld.create(ledger.append(decided('p2', 'abort')).append(closed('p2', 'b', 'aborted')));
    const directory = { isRunning: () => Promise.resolve(false) };
    const asked = { input: { pipeline, asOf: '2001-03-20' }, run: runOf('r1'), stamp: stampOf('r1') };
    await expect(openPromotion({ ...world.services, directory }, asked)).rejects.toMatchObject({
      type: 'NO_CHALLENGER',
    });
    expect((await world.state()).promotions.size).toBe(2);
  });
});

describe('one record changes the champion, and everything else follows it (defect 7)', () => {
  it('so a crash before the alias is set leaves one truth, which the next run projects', async () => {
    world = await ActivityWorld.create(new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    const alias = new OneAlias();
    alias.version = '1';
    expect((await world.state()).champion).toEqual(model('b'));
    const { digest } = await world.definitions.load();
    const projections = createProjectionActivities({ ...world.services, ...alias.services, anchors: [] });
    await projections.projectChampion({ pipeline, definitionDigest: digest, stamp: stampOf('r1') });
    expect(alias.version).toBe('2');
    expect(await world.state()).toMatchObject({ champion: model('b'), pendingProjection: null });
  });
});

describe('a rollback changes what is served (defect 11)', () => {
  it('and the next window that is scored carries the old version', async () => {
    const scoring = await ScoringWorld.create();
    ({ world } = scoring);
    await scoring.run('r1');
    expect(new Set(await served(scoring))).toEqual(new Set([model('b').modelDigest]));
    const rollbackId = 'flights/rollback/r1';
    await world.append(rolledBack(rollbackId, 'b', 'a'));
    const { digest } = await world.definitions.load();
    await replaceServed(scoring.services, {
      plan: { ...rollbackPlan, rollbackId, definitionDigest: digest },
      stamp: stampOf('r1'),
      signal: new AbortController().signal,
      report: () => undefined,
    });
    const { files } = await world.table.load(pipeline, 'predictions');
    expect(new Set(files.map(({ modelDigest }) => modelDigest))).toEqual(new Set([model('a').modelDigest]));
    const next = await scoring.pin('r2');
    expect(next).toMatchObject({ champion: model('a'), decisionEpoch: 3 });
    await scoring.shard(next);
    expect(await scoring.publish(next)).toMatchObject({ model: model('a') });
    expect(new Set(await served(scoring))).toEqual(new Set([model('a').modelDigest]));
  });
});
