import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScorePlan } from '../../../activities/scoring/begin-score.js';
import type { ChurnCount } from '../../../domain/shard-facts.js';
import { day, digest, model, pipeline, rolledBack } from '../../support/ledger.js';
import { rungOf, ScoringWorld } from '../../support/scoring-world.js';
import { modelFacts } from '../../support/shard-facts.js';

let scoring: ScoringWorld;
beforeEach(async () => {
  scoring = await ScoringWorld.create();
});
afterEach(() => scoring.world.remove());

async function live() {
  return (await scoring.world.table.load(pipeline, 'predictions')).windows.get('2001-03-05');
}

/** The same run with a later data clock: another identity, so a republication. */
function again(plan: ScorePlan): ScorePlan {
  return { ...plan, asOf: '2001-03-05T06:00:00.000Z' };
}

/** Every part finds this many of its ten rows decided otherwise than what is published. */
function flips(count: number): void {
  const churn = (against: string): ChurnCount => ({ against, slice: null, rows: 10, flips: count });
  scoring.script = ({ churn: { livePaths } }) => (livePaths.length === 0 ? {} : { churn: [churn('live')] });
}

describe('audited scores', () => {
  it('are published in one commit, all parts in key order, and a repetition changes nothing', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    expect(await scoring.publish(plan)).toMatchObject({
      status: 'published',
      tableVersion: 0,
      rows: 30,
      positives: 6,
      window: day,
      shadowVersions: ['1'],
      summary: '30 predictions for 2001-03-05 were published by version 2.',
      audit: { comparedWith: null, models: [{ version: '2', engines: ['onnx'] }, { version: '1' }], churn: [] },
    });
    expect((await scoring.served()).map((text) => /part-\d/.exec(text)?.[0])).toEqual(['part-0', 'part-1', 'part-2']);
    expect(await scoring.publish(plan)).toMatchObject({ status: 'already-published', tableVersion: 0 });
    for (const table of ['predictions', 'shadow-predictions'] as const) {
      const { version, files } = await scoring.world.table.load(pipeline, table);
      expect([version, files.length]).toEqual([0, 3]);
    }
  });

  it('of a window without rows are published as empty, and the result says so', async () => {
    await scoring.world.remove();
    scoring = await ScoringWorld.create([0]);
    expect(await scoring.run()).toMatchObject({
      status: 'published',
      rows: 0,
      summary: '2001-03-05 has no rows: it was published as empty.',
    });
    expect(await live()).toMatchObject({ rows: 0 });
  });

  it('are not published while a part has no record', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan, { span: { firstPart: 0, parts: 2 } });
    await expect(scoring.publish(plan)).rejects.toMatchObject({
      type: 'STORE_MISMATCH',
      problems: [{ found: 'no record', expected: 'a record for each of 3 parts' }],
    });
    expect(await live()).toBeUndefined();
  });

  it('of a model that was rolled back meanwhile are not published: the run has to pin again', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    await scoring.world.append(rolledBack('r', 'b', 'a'));
    expect(await scoring.publish(plan)).toMatchObject({ status: 'revoked', tableVersion: null });
    expect(await live()).toBeUndefined();
  });

  it('never replace what a newer decision epoch published', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    await scoring.world.commit(await scoring.world.adopt({ decisionEpoch: 3, runIdentity: digest('newer') }));
    expect(await scoring.publish(plan)).toMatchObject({ status: 'superseded', tableVersion: null });
    expect((await live())?.identity).toBe(digest('newer'));
  });
});

describe('two runs of one window at once', () => {
  it('with equal pins make one commit, and both have it as their result', async () => {
    const plans = await Promise.all([scoring.pin('r1'), scoring.pin('r2')]);
    await Promise.all(plans.map((plan) => scoring.shard(plan)));
    const results = await Promise.all(plans.map((plan) => scoring.publish(plan)));
    expect(results.map(({ status }) => status)).toContain('published');
    expect(results.every(({ status }) => status === 'published' || status === 'already-published')).toBe(true);
    expect((await scoring.world.table.load(pipeline, 'predictions')).version).toBe(0);
  });

  it('with other pins do not overwrite each other unseen: the second has to compare with the first and pin again', async () => {
    const first = await scoring.pin('r1');
    const second = again(await scoring.pin('r2'));
    await Promise.all([scoring.shard(first), scoring.shard(second)]);
    expect((await scoring.publish(first)).status).toBe('published');
    const served = await scoring.served();
    expect(await scoring.publish(second)).toMatchObject({ status: 'overtaken', tableVersion: null });
    expect(await scoring.served()).toEqual(served);
    flips(0);
    const pinnedAgain = again(await scoring.pin('r2'));
    await scoring.shard(pinnedAgain);
    expect(await scoring.publish(pinnedAgain)).toMatchObject({ status: 'published', tableVersion: 1 });
  });
});

describe('a zombie attempt that finishes late', () => {
  it('changes nothing: what it writes is what is there, or nobody names it', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    const late = scoring.shard(plan, { rung: rungOf(plan, 1) });
    const result = await scoring.publish(plan);
    const served = await scoring.served();
    await late;
    await scoring.shard(plan);
    expect(await scoring.publish(plan)).toMatchObject({ status: 'already-published', tableVersion: 0 });
    expect(await scoring.served()).toEqual(served);
    expect((await live())?.identity).toBe(result.runIdentity);
  });
});

describe('scores of a fallback', () => {
  it('are recorded in the ledger with what was intended, before they are published', async () => {
    const plan = await scoring.pin();
    const rung = rungOf(plan, 2);
    await scoring.shard(plan, { rung });
    expect(await scoring.publish(plan, { rung, grounds: ['champion 2 crashed'] })).toMatchObject({
      status: 'published',
      cohort: 'fallback',
      model: model('a'),
      grounds: ['champion 2 crashed'],
    });
    expect(await scoring.world.lastEvent()).toMatchObject({
      type: 'fallback-scored',
      intendedDigest: model('b').modelDigest,
      servedDigest: model('a').modelDigest,
      grounds: ['champion 2 crashed'],
    });
  });

  it('may be those of the baseline, which has no validation scores to be compared with', async () => {
    const plan = await scoring.pin();
    const rung = rungOf(plan, 3);
    await scoring.shard(plan, { rung });
    expect(await scoring.publish(plan, { rung, grounds: [] })).toMatchObject({
      status: 'published',
      audit: { models: [{ version: 'baseline', psi: null }] },
    });
  });
});

describe('a failed audit', () => {
  const notFinite = () => {
    scoring.script = ({ models: [served] }) => ({
      models: [modelFacts({ modelDigest: served?.scoring.modelDigest ?? '', nonFinite: 4, sum: 3 })],
    });
  };

  it('holds the window: one record with the reasons, nothing published, however often it is repeated', async () => {
    notFinite();
    const plan = await scoring.pin();
    await scoring.shard(plan);
    const before = (await scoring.world.records()).length;
    const grounds = ['12 scores are null, NaN or infinite; the limit is 0'];
    expect(await scoring.publish(plan)).toMatchObject({ status: 'held', positives: 0, grounds, tableVersion: null });
    await scoring.publish(plan);
    expect((await scoring.world.records()).length).toBe(before + 1);
    expect(await scoring.world.lastEvent()).toMatchObject({ type: 'window-held', window: day, grounds });
    expect(await live()).toBeUndefined();
  });

  it('of a republication leaves what was published, byte for byte', async () => {
    const first = await scoring.run();
    const served = await scoring.served();
    flips(6);
    const plan = again(await scoring.pin('r2'));
    await scoring.shard(plan);
    expect(await scoring.publish(plan)).toMatchObject({
      status: 'held',
      grounds: ['18 of 30 rows would decide otherwise than what is published (share 0.6); the limit is 0.5'],
      audit: { comparedWith: first.runIdentity, churn: [{ against: 'live', rows: 30, flips: 18, share: 0.6 }] },
    });
    expect(await scoring.served()).toEqual(served);
    expect(await live()).toMatchObject({ identity: first.runIdentity, version: 0 });
  });

  it('is none when half of the decisions differ, which is the limit', async () => {
    await scoring.run();
    flips(5);
    const plan = again(await scoring.pin('r2'));
    await scoring.shard(plan);
    expect(await scoring.publish(plan)).toMatchObject({ status: 'published', tableVersion: 1 });
    const { files } = await scoring.world.table.load(pipeline, 'predictions');
    expect(files).toHaveLength(3);
  });
});

describe('far more positive decisions than the threshold was set for', () => {
  it('are published with a warning', async () => {
    scoring.script = ({ models }) => ({
      models: models.map(({ scoring: { modelDigest } }) => modelFacts({ modelDigest, positives: 9 })),
    });
    expect(await scoring.run()).toMatchObject({
      status: 'published',
      positives: 27,
      warnings: [expect.stringMatching(/^90 % of the decisions are positive, and decision.positiveRate is 20 %/)],
    });
  });
});

describe('what validation said', () => {
  it('stands in the result, whether or not the window is published', async () => {
    const warnings = ['finite(distance): 3 of 33 rows'];
    scoring.validated({ validation: { status: 'passed', grounds: [], warnings, results: [] } });
    expect(await scoring.run()).toMatchObject({ status: 'published', grounds: [], warnings });
  });
});
