import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scorer } from '../../../activities/ports/scorer.js';
import type { LocalBundle } from '../../../activities/ports/model-bundles.js';
import type { RehearsalServices } from '../../../activities/rollback/rehearse-rollback.js';
import { createRollbackActivities } from '../../../activities/rollback/rollback-activities.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { digest, LedgerBuilder, model, registered, rolledBack } from '../../support/ledger.js';
import type { RollbackPlan } from '../../../activities/rollback/rollback-plan.js';

let world: ActivityWorld;
afterEach(() => world.remove());

const twoChampions = () => new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');

/** What opening and checking the target's bundle answers. */
interface Target {
  readonly open: () => Promise<Pick<LocalBundle, 'bundlePath' | 'features'>>;
  readonly maxDifference: number;
}
const features = { features: [{ name: 'distance', kind: 'numeric' }], kind: 'binary' } as const;
const healthy: Target = { open: () => Promise.resolve({ bundlePath: 'bundle', features }), maxDifference: 1e-7 };
/** Columns of every snapshot that is looked at. */
let columns: readonly { readonly name: string }[] = [{ name: 'distance' }];

function activities(target: Target = healthy) {
  const services = {
    ...world.services,
    bundles: { open: target.open },
    scorer: {
      checkBundle: () => Promise.resolve({ rows: 100, maxDifference: target.maxDifference }),
      countChanges: ({ pairs }: Parameters<Scorer['countChanges']>[0]) =>
        Promise.resolve(pairs.map(({ window }) => ({ window, rows: 10, positives: 4, decisionsChanged: 3 }))),
    },
    dataset: { loadSnapshot: () => Promise.resolve({ columns }) },
    scoreTimeoutMs: 1000,
  };
  return createRollbackActivities(services as unknown as RehearsalServices);
}

function begin(input: object = {}, target: Target = healthy, runId = 'r1'): Promise<RollbackPlan> {
  const argument = { input: { pipeline: 'flights', ...input }, run: runOf(runId) };
  return quietly().run(activities(target).beginRollback, argument);
}

function quietly(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

describe('a rollback', () => {
  it('restores the previous champion and revokes the bad version, in one record', async () => {
    world = await ActivityWorld.create(twoChampions());
    const plan = await begin({ by: 'Anna', reason: 'bad scores' });
    expect(plan).toMatchObject({
      rollbackId: 'flights/rollback/r1',
      from: model('b'),
      to: model('a'),
      actor: { name: 'Anna', kind: 'person' },
      reason: 'bad scores',
    });
    const restoring = activities();
    await restoring.restoreChampion({ plan, stamp: stampOf('r1') });
    await restoring.restoreChampion({ plan, stamp: stampOf('r1', 60) });
    const state = await world.state();
    expect(state).toMatchObject({ champion: model('a'), decisionEpoch: 3, previousChampion: null });
    expect(state.revocations).toEqual([{ modelDigest: model('b').modelDigest, atEpoch: 3 }]);
  });

  it('may name an earlier champion, and nothing else', async () => {
    const ledger = twoChampions().promote('p3', 'b', 'c').append(registered('d'));
    world = await ActivityWorld.create(ledger);
    expect((await begin({ to: '1' })).to).toEqual(model('a'));
    await expect(begin({ to: '4' })).rejects.toMatchObject({
      type: 'NO_ROLLBACK_TARGET',
      problems: [
        {
          field: 'to',
          found: '4',
          expected: expect.stringContaining('an earlier champion that no rollback took back') as string,
        },
      ],
    });
    await expect(begin({ to: '3' })).rejects.toMatchObject({ type: 'NO_ROLLBACK_TARGET' });
    await expect(begin({ to: '9' })).rejects.toMatchObject({ type: 'INVALID_INPUT' });
  });

  it('to a version that an earlier rollback took back is refused before anything is changed', async () => {
    const ledger = twoChampions().append(rolledBack('r0', 'b', 'a'));
    ledger.append({
      type: 'predictions-replaced',
      rollbackId: 'r0',
      tableVersion: 1,
      windows: [],
      rowsReplaced: 0,
      decisionsChanged: 0,
      correctionFile: null,
    });
    world = await ActivityWorld.create(ledger);
    await expect(begin({ to: '2' })).rejects.toMatchObject({ type: 'NO_ROLLBACK_TARGET' });
    await expect(begin()).rejects.toMatchObject({ type: 'NO_ROLLBACK_TARGET' });
  });

  it('needs a champion, and another one behind it', async () => {
    world = await ActivityWorld.create(new LedgerBuilder());
    await expect(begin()).rejects.toMatchObject({ type: 'NO_CHAMPION' });
    await world.remove();
    world = await ActivityWorld.create(new LedgerBuilder().promote('p1', null, 'a'));
    await expect(begin()).rejects.toMatchObject({ type: 'NO_ROLLBACK_TARGET' });
  });

  it('replaces nothing, in one commit and one record, when the bad version published nothing', async () => {
    world = await ActivityWorld.create(twoChampions());
    const plan = await begin();
    const restoring = activities();
    await restoring.restoreChampion({ plan, stamp: stampOf('r1') });
    const replace = () => quietly().run(restoring.replacePublished, { plan, stamp: stampOf('r1') });
    expect(await replace()).toMatchObject({ windows: [], rowsReplaced: 0, correctionFile: null, tableVersion: 0 });
    const records = (await world.records()).length;
    expect(await replace()).toMatchObject({ windows: [], tableVersion: 0 });
    expect((await world.records()).length).toBe(records);
  });

  it('as a dry run says what would be replaced', async () => {
    world = await ActivityWorld.create(twoChampions());
    await world.commit(await world.adopt({ rows: 1500 }));
    await world.commit(
      await world.adopt({
        window: '2001-03-04',
        rows: 10,
        runIdentity: digest('a run'),
        modelDigest: model('a').modelDigest,
      }),
    );
    const { dryRun, preview } = await begin({ dryRun: true });
    expect(dryRun).toBe(true);
    expect(preview).toMatchObject({ status: 'dry-run', windows: ['2001-03-05'], rowsReplaced: 1500, rollbackId: null });
    expect(preview.summary).toContain('1,500 predictions in 1 window(s).');
  });
});

describe('a target that cannot be verified', () => {
  it.each<[string, Target]>([
    ['is gone', { ...healthy, open: () => Promise.reject(new PermanentFailure('MODEL_MISSING', 'no such bundle')) }],
    ['gives other scores than it did', { ...healthy, maxDifference: 1.1e-6 }],
  ])('because it %s is refused, and the ledger stays as it was', async (_why, target) => {
    world = await ActivityWorld.create(twoChampions());
    const { head } = await world.state();
    await expect(begin({}, target)).rejects.toMatchObject({ type: 'ROLLBACK_TARGET_UNVERIFIED' });
    expect((await world.state()).head).toEqual(head);
  });

  it('because it needs a feature that the windows were published without is refused, naming window and feature', async () => {
    world = await ActivityWorld.create(twoChampions());
    await world.commit(await world.adopt({ rows: 1500 }));
    const { head } = await world.state();
    columns = [{ name: 'weekday' }];
    const refused = begin().finally(() => (columns = [{ name: 'distance' }]));
    await expect(refused).rejects.toMatchObject({
      type: 'ROLLBACK_TARGET_UNVERIFIED',
      problems: [{ field: 'snapshot of 2001-03-05', found: 'no distance' }],
    });
    expect((await world.state()).head).toEqual(head);
  });

  it('because the disk hiccups is tried again', async () => {
    world = await ActivityWorld.create(twoChampions());
    const target = { ...healthy, open: () => Promise.reject(new Error('EIO')) };
    await expect(begin({}, target)).rejects.toThrow(/^EIO$/);
  });

  it('is one whose golden rows differ by more than a millionth; exactly that is accepted', async () => {
    world = await ActivityWorld.create(twoChampions());
    expect((await begin({}, { ...healthy, maxDifference: 1e-6 })).to).toEqual(model('a'));
  });
});

describe('a rollback whose run ended between its record and the replacement', () => {
  it('is finished by the next run, under the same id', async () => {
    world = await ActivityWorld.create(twoChampions().append(rolledBack('flights/rollback/r0', 'b', 'a')));
    expect(await begin({}, healthy, 'r1')).toMatchObject({
      rollbackId: 'flights/rollback/r0',
      from: model('b'),
      to: model('a'),
    });
  });

  it('is finished by a run that names the same target, and refuses another, saying what to do', async () => {
    const ledger = twoChampions()
      .promote('p3', 'b', 'c')
      .append(rolledBack('flights/rollback/r0', 'c', 'b'));
    world = await ActivityWorld.create(ledger);
    expect((await begin({ to: '2' })).rollbackId).toBe('flights/rollback/r0');
    const before = await world.records();
    await expect(begin({ to: '1' })).rejects.toMatchObject({
      type: 'NO_ROLLBACK_TARGET',
      message: expect.stringContaining('Rollback flights/rollback/r0 is unfinished') as string,
      problems: [{ field: 'to', found: '1', expected: expect.stringMatching(/^2, or left out: record \d+/) as string }],
      example: '{"pipeline":"flights"} finishes it; then {"pipeline":"flights","to":"1"} goes on from there',
    });
    expect(await world.records()).toEqual(before);
  });
});
