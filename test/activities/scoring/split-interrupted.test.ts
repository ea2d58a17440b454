import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { ScorePlan, ScoringSnapshot } from '../../../activities/scoring/scoring-activities.js';
import { replaceServed } from '../../../activities/rollback/replace-served.js';
import { planShards } from '../../../domain/shard-plan.js';
import { stampOf } from '../../support/activity-world.js';
import { killAfterLines, startScript } from '../../support/child-process.js';
import { cutSnapshot } from '../../support/cut-snapshot.js';
import { pipeline } from '../../support/ledger.js';
import { ordersAround, RealScoring, realWindow, withStore, type Changes } from '../../support/real-scoring.js';
import { rungOf } from '../../support/scoring-world.js';
import { divided, orders, servedNow } from '../../support/split-orders.js';

let scoring: RealScoring;

beforeEach(async () => {
  scoring = await RealScoring.create(ordersAround(orders));
});
afterEach(() => scoring.remove());

const shadowsNow = () => scoring.world.table.load(pipeline, 'shadow-predictions');
const liveNow = () => scoring.world.table.load(pipeline, 'predictions');

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
    const { champion, challenger } = await servedNow(scoring);
    expect([champion, challenger]).toEqual([divided(25).champion, divided(25).challenger]);
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
    expect(await servedNow(scoring)).toEqual(divided(25));
    expect(await scoring.problems()).toEqual([]);
  });
});

describe('a rollout that ends', () => {
  it('stops a run that pinned its challenger, and the run pins again', async () => {
    await scoring.rollOut(25);
    const plan = await scoring.pin('r1');
    await scoring.endRollout();
    expect(await scoring.finish(plan)).toMatchObject({ status: 'revoked', tableVersion: null });
    expect(await scoring.run('r1')).toMatchObject({ status: 'published', rows: 60 });
    expect(await servedNow(scoring)).toEqual(divided(0));
    expect(await scoring.problems()).toEqual([]);
  });

  it('gives the cohort back to the champion without scoring anything, and leaves its other rows where they are', async () => {
    await scoring.rollOut(25);
    await scoring.run('r1');
    const before = (await liveNow()).files.find(({ modelDigest }) => modelDigest === scoring.models.b);
    await scoring.endRollout();
    const scoreNothing = { ...scoring.scorer, scoreShard: () => Promise.reject(new Error('nothing is scored again')) };
    const services = { ...scoring.services(), scorer: scoreNothing };
    const { digest: definitionDigest } = await services.definitions.load();
    const ref = (modelDigest: string, version: string) => ({ modelDigest, version, registeredName: pipeline });
    const replaced = await replaceServed(services, {
      plan: {
        pipeline,
        definitionDigest,
        rollbackId: 'p3',
        from: ref(scoring.challenger, '3'),
        to: ref(scoring.models.b, '2'),
        reason: 'it did harm',
      },
      stamp: stampOf('r2'),
      signal: new AbortController().signal,
      report: () => undefined,
    });
    expect(replaced).toMatchObject({
      windows: [realWindow],
      rowsReplaced: divided(25).challenger.length,
      fromShadow: 1,
    });
    const rows = (await scoring.rows()).flat();
    expect(rows.map(({ row_key }) => String(row_key)).sort()).toEqual(orders.map(({ id }) => id));
    expect(new Set(rows.map(({ model_digest }) => model_digest))).toEqual(new Set([scoring.models.b]));
    expect((await liveNow()).files).toContainEqual(before);
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
    expect(await servedNow(scoring)).toEqual(divided(0));
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
