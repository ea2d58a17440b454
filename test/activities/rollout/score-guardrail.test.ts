import { afterEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../../activities/ledger/read-ledger.js';
import { checkAnalyses } from '../../../activities/verify/check-analyses.js';
import { canonicalJson, digestOf } from '../../../contracts/digest.js';
import { model, pipeline } from '../../support/ledger.js';
import { RolloutWorld, type RolloutRow } from '../../support/rollout-world.js';

let rollout: RolloutWorld;
afterEach(() => rollout.remove());

const [champion, challenger] = [model('a').modelDigest, model('b').modelDigest];

/** 400 rows of two scores each: 20 trees that say 0.2 and 0.6, and 40 that say 0.3 and 0.7, alike in what they decide. */
const rows = Array.from({ length: 400 }, (_, k): RolloutRow => {
  const isLate = k % 4 === 0;
  return { entity: `e${String(k)}`, label: null, champion: isLate ? 0.6 : 0.2, challenger: isLate ? 0.7 : 0.3 };
});

async function createWorld(): Promise<void> {
  rollout = await RolloutWorld.create({ analysis: { maxScorePsi: 0.25 } });
  rollout.profiles.set(champion, { mean: 0.3, cuts: [0.25, 0.5], shares: [0.75, 0, 0.25], rows: 1_000 });
  rollout.profiles.set(challenger, { mean: 0.4, cuts: [0.25, 0.5], shares: [0, 0.75, 0.25], rows: 1_000 });
  await rollout.begin(0, 0);
  await rollout.publish(0, rows);
}

const lookAtScores = async () => {
  const analysis = await rollout.analysis(await rollout.look());
  return { analysis, check: analysis.checks.find(({ name }) => name === 'score-distribution') };
};

describe('the guardrail on scores', () => {
  it('lets two sound models pass whose scores lie in different bins', async () => {
    await createWorld();
    const { analysis, check } = await lookAtScores();
    expect(check).toMatchObject({ verdict: 'pass', value: 0, n: 400 });
    expect(analysis.windows[0]?.sums?.challenger.bins).toEqual([0, 300, 100]);
    expect(analysis.windows[0]?.sums?.champion.bins).toEqual([300, 0, 100]);
    expect(analysis.scoreReferences?.champion).toEqual({ cuts: [0.25, 0.5], shares: [0.75, 0, 0.25], rows: 1_000 });
  });

  it('counts each side in the bins of its own profile', async () => {
    await createWorld();
    rollout.profiles.set(champion, { mean: 0.3, cuts: [0.4], shares: [0.75, 0.25] });
    const { analysis, check } = await lookAtScores();
    expect(check?.verdict).toBe('pass');
    expect(analysis.windows[0]?.sums?.champion.bins).toEqual([300, 100]);
    // A bundle that does not say how many rows validated it says how many trained it.
    expect(analysis.scoreReferences?.champion?.rows).toBe(1_000);
  });

  it('judges the challenger alone where the champion’s bundle is gone, and fails one that has moved', async () => {
    await createWorld();
    rollout.profiles.set(champion, null);
    expect((await lookAtScores()).check).toMatchObject({ verdict: 'pass' });
    rollout.profiles.set(challenger, { mean: 0.2, cuts: [0.25, 0.5], shares: [0.75, 0, 0.25], rows: 1_000 });
    const { check } = await lookAtScores();
    expect(check).toMatchObject({ verdict: 'fail' });
    expect(check?.why).toContain('the champion has no profile to compare with');
  });
});

describe('an analysis of version 1', () => {
  it('still verifies, and its windows are counted again into the bins of both sides', async () => {
    await createWorld();
    const { analysis } = await lookAtScores();
    const { scoreReferences, ...rest } = analysis;
    expect(scoreReferences).toBeDefined();
    const older = { ...rest, schemaVersion: 1 as const };
    const reportDigest = digestOf(older);
    await rollout.world.store.createIfAbsent(`reports/${reportDigest}/rollout.json`, canonicalJson(older));
    const recorded = await rollout.world.lastEvent();
    if (recorded?.type !== 'rollout-analyzed') throw new Error('a look was recorded');
    await rollout.world.append({ ...recorded, reportDigest }, 'older');
    const { compared } = rollout;
    expect((await lookAtScores()).analysis).toEqual(analysis);
    expect(rollout.compared).toBe(compared + 1);
    const { records } = await readLedger(rollout.world.store, pipeline);
    expect(await checkAnalyses(rollout.world.store, records)).toMatchObject({ problems: [] });
  });
});
