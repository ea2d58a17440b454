import { afterEach, describe, expect, it } from 'vitest';
import { createProjectionActivities, type Projection } from '../../../activities/promotion/projection-activities.js';
import type { RegistryPolicy } from '../../../domain/pipeline-definition.js';
import { ActivityWorld, stampOf } from '../../support/activity-world.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { LedgerBuilder, model, opened, registered, rolledBack } from '../../support/ledger.js';
import { OneAlias } from '../../support/one-alias.js';

let world: ActivityWorld;
let alias: OneAlias;
afterEach(() => world.remove());

/** Version 1 is champion and its alias set; version 2 is registered, and nobody decided about it. */
function twoVersions(): LedgerBuilder {
  return new LedgerBuilder().promote('p1', null, 'a').append(registered('b'));
}

async function open(onAliasMoved: RegistryPolicy['onAliasMoved'], ledger = twoVersions()): Promise<void> {
  world = await ActivityWorld.create(ledger, flightsDefinition({ registry: { onAliasMoved } }));
  alias = new OneAlias();
  await project();
}

async function project(hours = 50): Promise<Projection> {
  const { digest } = await world.definitions.load();
  const activities = createProjectionActivities({ ...world.services, ...alias.services, anchors: [] });
  return activities.projectChampion({ pipeline: 'flights', definitionDigest: digest, stamp: stampOf('r', hours) });
}

describe('with the policy restore', () => {
  it('an alias that somebody moved is found, set again, and both are recorded', async () => {
    await open('restore');
    alias.version = '2';
    expect(await project()).toEqual({
      status: 'restored',
      summary: 'the alias champion was moved to version 2 by somebody else and is version 1 again, as the ledger says',
    });
    expect(alias.version).toBe('1');
    const [finding, settled] = (await world.records()).slice(-2);
    expect(finding?.event).toMatchObject({ finding: 'moved', expectedVersion: '1', foundVersion: '2' });
    expect(settled?.event).toEqual({
      type: 'alias-settled',
      alias: 'champion',
      how: 'restored',
      findingNumber: finding?.number,
      version: '1',
    });
    expect((await world.state()).openFinding).toBeNull();
  });

  it('an alias that somebody deleted is set again', async () => {
    await open('restore');
    alias.version = null;
    expect((await project()).status).toBe('restored');
    expect(alias.version).toBe('1');
  });

  it('it is set again three times within a day and not a fourth time, until the day is over', async () => {
    await open('restore');
    for (const hours of [51, 52, 53]) {
      alias.version = '2';
      expect((await project(hours)).status).toBe('restored');
    }
    alias.version = '2';
    const fourth = await project(54);
    expect(fourth).toMatchObject({ status: 'alarm' });
    expect(fourth.summary).toBe(
      'ALARM: the alias champion is 2, the ledger says 1; it was left alone: it moved 4 times within a day; it is set again 3 times at most',
    );
    expect(alias.version).toBe('2');
    const records = (await world.records()).length;
    expect((await project(55)).status).toBe('alarm');
    expect((await world.records()).length).toBe(records);
    expect((await project(77)).status).toBe('restored');
    expect(alias.version).toBe('1');
  });

  it('a worker that died after it set the alias leaves a finding, which the next look settles', async () => {
    await open('restore');
    alias.version = '2';
    alias.afterSet = () => Promise.reject(new Error('the worker died'));
    await expect(project()).rejects.toThrow('died');
    expect((await world.state()).openFinding).not.toBeNull();
    alias.afterSet = () => Promise.resolve();
    expect((await project()).status).toBe('in-step');
    expect(await world.lastEvent()).toMatchObject({ type: 'alias-settled', how: 'returned' });
    await project();
    expect((await world.records()).filter(({ event }) => event.type === 'alias-settled')).toHaveLength(1);
  });

  it('a rollback that lands while the alias is restored is what the alias follows', async () => {
    await open('restore', new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').append(registered('c')));
    alias.version = '3';
    alias.afterSet = async () => {
      alias.afterSet = () => Promise.resolve();
      await world.append(rolledBack('r', 'b', 'a'));
    };
    await project();
    expect(alias.version).toBe('1');
    expect(await world.state()).toMatchObject({ openFinding: null, pendingProjection: null });
  });
});

describe('with the policy adopt', () => {
  it('a version of ours that nobody decided against becomes champion, without evidence and by name of the finding', async () => {
    await open('adopt');
    alias.version = '2';
    expect((await project()).status).toBe('adopted');
    const state = await world.state();
    expect(state).toMatchObject({ champion: model('b'), previousChampion: model('a'), decisionEpoch: 2 });
    const change = (await world.records()).find(
      ({ event }) => event.type === 'champion-changed' && event.cause === 'adoption',
    );
    expect(change?.actor).toEqual({ name: 'unknown, through the registry', kind: 'person' });
    expect(change?.reason).toContain('the alias champion is 2, the ledger says 1');
    expect(change?.event).toMatchObject({ from: model('a'), to: model('b'), reportDigest: null, approvalNumber: null });
    expect(await project()).toMatchObject({ status: 'in-step' });
    expect(alias.sets).toEqual(['1']);
  });

  it.each([
    ['a promotion is open', twoVersions().append(opened('p2', 'b')), 'the promotion p2 is open'],
    [
      'it was rolled back',
      new LedgerBuilder()
        .promote('p1', null, 'a')
        .promote('p2', 'a', 'b')
        .append(rolledBack('r', 'b', 'a')),
      'version 2 was rolled-back',
    ],
    [
      'nobody registered it',
      new LedgerBuilder().promote('p1', null, 'a'),
      'version 2 is not one that this pipeline registered',
    ],
  ])('it is not adopted while %s', async (_, ledger, why) => {
    await open('adopt', ledger);
    alias.version = '2';
    const projection = await project();
    expect(projection.status).toBe('alarm');
    expect(projection.summary).toContain(why);
    expect((await world.state()).champion).toEqual(model('a'));
  });

  it('a version number that stands for another model in the registry is not adopted', async () => {
    await open('adopt');
    alias.versions.set('2', model('d').modelDigest);
    alias.version = '2';
    expect((await project()).summary).toContain('is not the model that the ledger registered');
  });

  it('a model that does not do any more what it did is not adopted', async () => {
    await open('adopt');
    alias.goldenDifference = 0.1;
    alias.version = '2';
    expect((await project()).summary).toContain('version 2 could not be verified: its golden rows differ by 0.1');
    expect((await world.state()).champion).toEqual(model('a'));
  });

  it('an alias that is gone adopts nothing', async () => {
    await open('adopt');
    alias.version = null;
    expect((await project()).summary).toContain('names no version to adopt');
  });

  it('an earlier champion comes back by a rollback only', async () => {
    await open('adopt', new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    alias.version = '1';
    expect((await project()).summary).toContain('version 1 was champion before: a rollback brings it back');
  });
});

describe('what was removed from the registry', () => {
  it.each(['alarm', 'restore', 'adopt'] as const)(
    'with the policy %s: raises an alarm, once, and is not put back',
    async (policy) => {
      await open(policy);
      alias.versions.delete('1');
      const summary =
        'ALARM: version 1 of flights, the champion, was removed from the registry; the model in the store serves on';
      expect(await project()).toEqual({ status: 'alarm', summary });
      expect(await project()).toEqual({ status: 'alarm', summary });
      expect((await world.state()).aliasAlarms).toEqual([expect.objectContaining({ finding: 'version-removed' })]);
      expect(alias.sets).toEqual(['1']);
    },
  );

  it('may be the whole registered model', async () => {
    await open('restore');
    alias.hasModel = false;
    expect((await project()).summary).toBe(
      'ALARM: the registered model flights was removed from the registry; the model in the store serves on',
    );
  });
});

describe('a look', () => {
  it('that a lagging copy of the registry answered raises no alarm', async () => {
    await open('restore');
    alias.stale = ['2'];
    expect((await project()).status).toBe('in-step');
    expect((await world.state()).aliasAlarms).toEqual([]);
  });

  it('that a promotion overtook is taken again', async () => {
    await open('restore', new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    let looks = 0;
    alias.beforeGet = async () => {
      looks += 1;
      if (looks > 1) return;
      await world.append(rolledBack('r', 'b', 'a'));
      alias.version = '1';
    };
    expect((await project()).status).toBe('in-step');
    expect((await world.state()).aliasAlarms).toEqual([]);
  });
});
