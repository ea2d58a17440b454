import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { ScorePlan, ScoringSnapshot } from '../../../activities/scoring/scoring-activities.js';
import { cohortHash } from '../../../contracts/cohort-hash.js';
import { isInCohort } from '../../../domain/cohort.js';
import type { TableFile } from '../../../domain/published-table.js';
import { chooseShadowFiles } from '../../../domain/rollback.js';
import { planShards } from '../../../domain/shard-plan.js';
import { killAfterLines, startScript } from '../../support/child-process.js';
import { cutSnapshot } from '../../support/cut-snapshot.js';
import { pipeline } from '../../support/ledger.js';
import { order } from '../../support/orders.js';
import { scoreByHand } from '../../support/real-models.js';
import { ordersAround, RealScoring, realWindow, withStore, type Changes } from '../../support/real-scoring.js';
import { rungOf } from '../../support/scoring-world.js';
import { splitSalt } from '../../support/splits.js';

/** Sixty orders of twenty shops. */
const orders = Array.from({ length: 60 }, (_, index) => {
  const id = `k${String(index).padStart(2, '0')}`;
  return order({ id, shop: `shop ${String(index % 20)}`, amount: String((index * 7) % 40) });
});
const isDrawn = (shop: string, share: number) => isInCohort(cohortHash(splitSalt, shop), share);
const drawn = (share: number) => orders.filter(({ shop }) => isDrawn(shop, share));
const byKey = new Map(orders.map((each) => [each.id, each]));

let scoring: RealScoring;

beforeEach(async () => {
  scoring = await RealScoring.create(ordersAround(orders));
});
afterEach(() => scoring.remove());

/** Who serves which orders, checked row by row against scores by hand. */
async function served(): Promise<Readonly<Record<string, readonly string[]>>> {
  const keys: Record<string, string[]> = { champion: [], challenger: [] };
  for (const row of (await scoring.rows()).flat()) {
    const cohort = String(row['cohort']);
    const key = String(row['row_key']);
    const letter = cohort === 'challenger' ? 'c' : 'b';
    expect(row['model_digest']).toBe(letter === 'c' ? scoring.challenger : scoring.models.b);
    expect(row['score']).toBeCloseTo(scoreByHand(letter, Number(byKey.get(key)?.amount), 1), 6);
    keys[cohort]?.push(key);
  }
  return keys;
}

const expected = (share: number) => ({
  champion: orders.filter(({ shop }) => !isDrawn(shop, share)).map(({ id }) => id),
  challenger: drawn(share).map(({ id }) => id),
});

const shadowsNow = () => scoring.world.table.load(pipeline, 'shadow-predictions');
const liveNow = () => scoring.world.table.load(pipeline, 'predictions');

describe('a window in a rollout', () => {
  it('is served by the champion alone in a shadow step, and scored by the challenger in shadow', async () => {
    await scoring.rollOut(0);
    const result = await scoring.run('r1');
    expect(result).toMatchObject({ status: 'published', rows: 60, shadowVersions: ['3'] });
    expect(result.challenger).toBeUndefined();
    expect(await served()).toEqual(expected(0));
    expect((await shadowsNow()).files).toMatchObject([{ rows: 60, modelDigest: scoring.challenger }]);
    expect(await scoring.problems()).toEqual([]);
  });

  it('is served by both while rows are shared, each scoring the rows of the other in shadow', async () => {
    await scoring.rollOut(25);
    const cohort = drawn(25).length;
    expect(cohort).toBeGreaterThan(0);
    expect(await scoring.run('r1')).toMatchObject({
      status: 'published',
      cohort: 'champion',
      rows: 60,
      challenger: { sharePercent: 25, rows: cohort, model: { version: '3' } },
      rowsWithoutEntity: 0,
      summary: `60 predictions for ${realWindow} were published: ${String(60 - cohort)} by version 2 and ${String(cohort)} by its challenger, version 3.`,
    });
    expect(await served()).toEqual(expected(25));
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
    expect(await served()).toEqual(expected(100));
    expect((await liveNow()).files).toHaveLength(1);
    expect((await shadowsNow()).files).toMatchObject([{ rows: 60, modelDigest: scoring.models.b }]);
    expect(await scoring.problems()).toEqual([]);
  });

  it('is replaced under the epoch of the next step, and nobody leaves the cohort', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const before = (await served())['challenger'] ?? [];
    await scoring.rollOut(50, 1);
    expect(await scoring.run('r2')).toMatchObject({ status: 'published', tableVersion: 1 });
    expect(await served()).toEqual(expected(50));
    expect((await served())['challenger']).toEqual(expect.arrayContaining([...before]));
    expect((await liveNow()).windows.get(realWindow)).toMatchObject({ decisionEpoch: 4, rows: 60 });
    expect(await scoring.problems()).toEqual([]);
  });

  it('is the same run, with the same bytes, when it is scored again', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const before = await scoring.published();
    expect(await scoring.run('r2')).toMatchObject({ status: 'already-published' });
    expect(await scoring.published()).toEqual(before);
  });
});

describe('a window of several parts', () => {
  let plan: ScorePlan;
  let snapshot: ScoringSnapshot;

  beforeEach(async () => {
    await scoring.rollOut(25);
    const steps = scoring.steps();
    plan = await scoring.pin('r1', steps);
    snapshot = await cutSnapshot(scoring.services(), await steps.buildScoringSnapshot(plan), 8);
  });

  it('has the files of both models for each part, without empty ones', async () => {
    expect(await scoring.finish(plan, { snapshot })).toMatchObject({ status: 'published', rows: 60 });
    const { champion, challenger } = await served();
    expect([champion, challenger]).toEqual([expected(25).champion, expected(25).challenger]);
    for (const { files } of [await liveNow(), await shadowsNow()]) {
      expect(files.length).toBeGreaterThan(8);
      expect(files.every(({ rows }) => rows > 0)).toBe(true);
      expect(files.reduce((sum, { rows }) => sum + rows, 0)).toBe(60);
    }
    expect(await scoring.problems()).toEqual([]);
  });

  it.each([1, 2, 3])(
    'that is cut off after file %d of a part scores the part again, to the same files',
    async (count) => {
      let adopted = 0;
      const cutOff = withStore(scoring, {
        adopt: (staged, name) => {
          if (adopted === count) throw new Error('the machine is gone');
          adopted += 1;
          return scoring.world.store.adopt(staged, name);
        },
      });
      const shard = { plan, snapshot, rung: rungOf(plan), span: { firstPart: 0, parts: 1 } };
      await expect(scoring.steps(cutOff).scoreShard(shard)).rejects.toThrow('the machine is gone');
      const before = Object.keys(await scoring.published());
      expect(await scoring.steps().scoreShard(shard)).toEqual({ status: 'scored', rows: 8, partsTakenOver: 0 });
      const after = Object.keys(await scoring.published());
      expect(after).toEqual(expect.arrayContaining(before));
      expect(after).toHaveLength(2);
    },
  );

  it('whose worker was killed between two parts goes on after the last one it finished, to the same files', async () => {
    const span = planShards(snapshot.parts)[0] ?? { firstPart: 0, parts: 0 };
    const shard = { plan, snapshot, rung: rungOf(plan), span };
    const job = JSON.stringify({ ...shard, definition: scoring.world.definitions.current });
    await killAfterLines(startScript('score-shard.mjs', [scoring.world.store.root, job, '1']), 1);
    const result = await scoring.steps().scoreShard(shard);
    expect(result).toMatchObject({ status: 'scored' });
    if (result.status === 'scored') expect(result.partsTakenOver).toBeGreaterThan(0);
    expect(await scoring.finish(plan, { snapshot })).toMatchObject({ status: 'published', rows: 60 });
    expect(await served()).toEqual(expected(25));
    expect(await scoring.problems()).toEqual([]);
  });
});

describe('verification', () => {
  const rule = 'the challenger of a rollout served the cohort that its epoch drew, and nobody else';
  const publishWith = async (change: { readonly sharePercent?: number; readonly salt?: string }) => {
    await scoring.rollOut(25);
    await scoring.run('r1', {
      scoreShard: ({ split = { salt: '', sharePercent: 0 }, ...request }) =>
        scoring.scorer.scoreShard({ ...request, split: { ...split, ...change } }),
    });
    const problems = await scoring.problems();
    expect(problems.map(({ name }) => name)).toEqual([rule]);
    return problems.flatMap((check) => check.problems.map(({ found }) => found));
  };

  it('finds rows that the challenger served beyond its share', async () => {
    const strangers = drawn(50).length - drawn(25).length;
    expect(await publishWith({ sharePercent: 50 })).toEqual([
      `${String(strangers)} rows served by the challenger outside its cohort`,
    ]);
  });

  it('finds rows of the cohort that the challenger did not serve', async () => {
    const missed = drawn(25).length - drawn(5).length;
    expect(await publishWith({ sharePercent: 5 })).toEqual([
      `${String(missed)} rows of the cohort not served by the challenger`,
    ]);
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

describe('a rollout that ends', () => {
  it('stops a run that pinned its challenger, and the run pins again', async () => {
    await scoring.rollOut(25);
    const plan = await scoring.pin('r1');
    await scoring.endRollout();
    expect(await scoring.finish(plan)).toMatchObject({ status: 'revoked', tableVersion: null });
    expect(await scoring.run('r1')).toMatchObject({ status: 'published', rows: 60 });
    expect(await served()).toEqual(expected(0));
    expect(await scoring.problems()).toEqual([]);
  });
});

describe('a model that cannot score its share', () => {
  const failing = (digest: () => string): Changes => ({
    scoreShard: (request) => {
      if (request.models.every(({ scoring: { modelDigest } }) => modelDigest !== digest())) {
        return scoring.scorer.scoreShard(request);
      }
      throw new PermanentFailure('MODEL_BAD_OUTPUT', 'NaN');
    },
  });

  it.each([0, 25])('leaves the champion alone where it is the challenger, on record: %d percent', async (share) => {
    await scoring.rollOut(share);
    const result = await scoring.run(
      'r1',
      failing(() => scoring.challenger),
    );
    expect(result).toMatchObject({ status: 'published', cohort: 'champion', rows: 60 });
    expect(await served()).toEqual(expected(0));
    const { fallbacks } = await scoring.world.state();
    expect(fallbacks).toMatchObject([
      { intendedDigest: scoring.challenger, servedDigest: scoring.models.b, runIdentity: result.runIdentity },
    ]);
    expect(await scoring.problems()).toEqual([]);
  });

  it('gives the whole window to the previous champion where it is the champion', async () => {
    await scoring.rollOut(25);
    const result = await scoring.run(
      'r1',
      failing(() => scoring.models.b),
    );
    expect(result).toMatchObject({ status: 'published', cohort: 'fallback', model: { version: '1' } });
    const { fallbacks } = await scoring.world.state();
    expect(fallbacks).toMatchObject([{ intendedDigest: scoring.models.b, servedDigest: scoring.models.a }]);
    expect(await scoring.problems()).toEqual([]);
  });
});
