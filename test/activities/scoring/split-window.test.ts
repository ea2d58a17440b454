import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TableFile } from '../../../domain/published-table.js';
import type { CohortDraw } from '../../../domain/cohort.js';
import { chooseShadowFiles } from '../../../domain/rollback.js';
import { stampOf } from '../../support/activity-world.js';
import { pipeline } from '../../support/ledger.js';
import { ordersAround, RealScoring, realWindow } from '../../support/real-scoring.js';
import { testPython } from '../../support/servers.js';
import { divided, isDrawn, orders, servedNow } from '../../support/split-orders.js';

let scoring: RealScoring;

beforeEach(async () => {
  scoring = await RealScoring.create(ordersAround(orders));
});
afterEach(() => scoring.remove());

const shadowsNow = () => scoring.world.table.load(pipeline, 'shadow-predictions');
const liveNow = () => scoring.world.table.load(pipeline, 'predictions');

describe('a window in a rollout', () => {
  it('is served by the champion alone in a shadow step, and scored by the challenger in shadow', async () => {
    await scoring.rollOut(0);
    const result = await scoring.run('r1');
    expect(result).toMatchObject({ status: 'published', rows: 60, shadowVersions: ['3'] });
    expect(result.challenger).toBeUndefined();
    expect(await servedNow(scoring)).toEqual(divided(0));
    expect((await shadowsNow()).files).toMatchObject([{ rows: 60, modelDigest: scoring.challenger }]);
    expect(await scoring.problems()).toEqual([]);
  });

  it('is served by both while rows are shared, each scoring the rows of the other in shadow', async () => {
    await scoring.rollOut(25);
    const cohort = divided(25).challenger.length;
    expect(cohort).toBeGreaterThan(0);
    expect(await scoring.run('r1')).toMatchObject({
      status: 'published',
      cohort: 'champion',
      rows: 60,
      challenger: { sharePercent: 25, rows: cohort, model: { version: '3' } },
      rowsWithoutEntity: 0,
      summary: `60 predictions for ${realWindow} were published: ${String(60 - cohort)} by version 2 and ${String(cohort)} by its challenger, version 3.`,
    });
    expect(await servedNow(scoring)).toEqual(divided(25));
    expect((await shadowsNow()).files).toMatchObject([
      { rows: cohort, modelDigest: scoring.models.b },
      { rows: 60 - cohort, modelDigest: scoring.challenger },
    ]);
    expect(await scoring.problems()).toEqual([]);
  });

  it('leaves for each served file of the challenger the shadow of the champion that takes it back', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const { files } = await liveNow();
    const taken = files.filter(({ modelDigest }) => modelDigest === scoring.challenger);
    const revoked = { window: realWindow, windowEnd: '', served: taken, keptRows: 0 };
    expect(chooseShadowFiles(await shadowsNow(), revoked, scoring.models.b)).toHaveLength(1);
  });

  it('is served by the challenger alone with a share of 100 %, the champion scoring everything in shadow', async () => {
    await scoring.rollOut(100);
    expect(await scoring.run('r1')).toMatchObject({ status: 'published', challenger: { rows: 60 } });
    expect(await servedNow(scoring)).toEqual(divided(100));
    expect((await liveNow()).files).toHaveLength(1);
    expect((await shadowsNow()).files).toMatchObject([{ rows: 60, modelDigest: scoring.models.b }]);
    expect(await scoring.problems()).toEqual([]);
  });

  it('is one consistent version for readers that know nothing of Gauntlet', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    await scoring.rollOut(50, 1);
    const { runIdentity } = await scoring.run('r2');
    const { store, table } = scoring.world;
    const script = fileURLToPath(new URL('../../adapters/delta/read_versions.py', import.meta.url));
    const uri = store.locate(table.folder(pipeline, 'predictions'));
    const { stdout } = await promisify(execFile)(await testPython(), [script, uri, `${runIdentity}:4`]);
    const seen = JSON.parse(stdout) as Readonly<Record<'deltalake' | 'polars', readonly (readonly unknown[][])[]>>;
    for (const versions of [seen.deltalake, seen.polars]) {
      expect(versions.map((rows) => rows.map(([key, , , , cohort]) => [key, cohort]))).toEqual(
        [25, 50].map((share) => orders.map(({ id, shop }) => [id, isDrawn(shop, share) ? 'challenger' : 'champion'])),
      );
    }
  });

  it('is replaced under the epoch of the next step, and nobody leaves the cohort', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const before = (await servedNow(scoring)).challenger;
    await scoring.rollOut(50, 1);
    expect(await scoring.run('r2')).toMatchObject({ status: 'published', tableVersion: 1 });
    expect(await servedNow(scoring)).toEqual(divided(50));
    expect((await servedNow(scoring)).challenger).toEqual(expect.arrayContaining([...before]));
    expect((await liveNow()).windows.get(realWindow)).toMatchObject({ decisionEpoch: 4, rows: 60 });
    // These steps follow each other without the looks that a promotion takes between them.
    const problems = (await scoring.problems()).filter(({ name }) => !name.startsWith('every step of a rollout'));
    expect(problems).toEqual([]);
  });

  it('is the same run, with the same bytes, when it is scored again', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const before = await scoring.published();
    expect(await scoring.run('r2')).toMatchObject({ status: 'already-published' });
    expect(await scoring.published()).toEqual(before);
  });
});

describe('verification', () => {
  const rule = 'the challenger of a rollout served the cohort that its epoch drew, and nobody else';
  const publishWith = async (change: Partial<CohortDraw>) => {
    await scoring.rollOut(25);
    await publishForged(change);
    const problems = await scoring.problems();
    expect(problems.map(({ name }) => name)).toEqual([rule]);
    return problems.flatMap((check) => check.problems.map(({ found }) => found));
  };
  const publishForged = (change: Partial<CohortDraw>) =>
    scoring.run('r1', {
      scoreShard: ({ split = { salt: '', sharePercent: 0 }, ...request }) =>
        scoring.scorer.scoreShard({ ...request, split: { ...split, ...change } }),
    });

  it('finds rows that the challenger served beyond its share', async () => {
    const strangers = divided(50).challenger.length - divided(25).challenger.length;
    expect(await publishWith({ sharePercent: 50 })).toEqual([
      `${String(strangers)} rows served by the challenger outside its cohort`,
    ]);
  });

  it('finds rows of the cohort that the challenger did not serve', async () => {
    const missed = divided(25).challenger.length - divided(5).challenger.length;
    expect(await publishWith({ sharePercent: 5 })).toEqual([
      `${String(missed)} rows of the cohort not served by the challenger`,
    ]);
  });

  it('looks at what a run published although nothing could score it at first', async () => {
    await scoring.run('r0');
    await scoring.rollOut(25);
    const steps = scoring.steps();
    const plan = await scoring.pin('r1', steps);
    const snapshot = await steps.buildScoringSnapshot(plan);
    const held = await steps.keepUnscoredWindow({ plan, snapshot, grounds: ['it hangs'], stamp: stampOf('r1') });
    expect(held).toMatchObject({ status: 'held' });
    expect(await scoring.problems()).toEqual([]);
    expect(await publishForged({ sharePercent: 50 })).toMatchObject({
      status: 'published',
      runIdentity: held.runIdentity,
    });
    expect((await scoring.problems()).map(({ name }) => name)).toEqual([rule]);
  });

  it('skips what has lost its snapshot, and says how many', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const [{ snapshotDigest }] = (await liveNow()).files as readonly [TableFile];
    await scoring.damage(`snapshots/${pipeline}/${snapshotDigest}/manifest.json`, () => Buffer.from('{}'));
    const checks = await scoring.checks();
    expect(checks.find(({ name }) => name.startsWith(rule))).toEqual({
      name: `${rule} (1 skipped: their rows or snapshots are gone)`,
      checked: 0,
      problems: [],
    });
  });
});
