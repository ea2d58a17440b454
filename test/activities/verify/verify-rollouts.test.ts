import { afterEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../../activities/ledger/read-ledger.js';
import { checkAnalyses } from '../../../activities/verify/check-analyses.js';
import { canonicalJson, digestOf } from '../../../contracts/digest.js';
import type { RolloutAnalyzed } from '../../../domain/ledger/promotion-events.js';
import { checkRolloutSteps } from '../../../domain/verify/rollout-checks.js';
import { decided, digest, pipeline } from '../../support/ledger.js';
import { rolloutDay, rolloutRows, RolloutWorld } from '../../support/rollout-world.js';

let rollout: RolloutWorld;
afterEach(() => rollout.remove());

async function findProblems(): Promise<readonly string[]> {
  const { records } = await readLedger(rollout.world.store, pipeline);
  const checks = [checkRolloutSteps(records), await checkAnalyses(rollout.world.store, records)];
  return checks.flatMap(({ problems }) => problems.map(({ field, found }) => `${field}: ${found}`));
}

function looked(change: Partial<RolloutAnalyzed> = {}): RolloutAnalyzed {
  const { verdict = 'inconclusive' } = change;
  const reportDigest = digest(`look ${verdict}`);
  const sentence = 'It was looked at.';
  return {
    type: 'rollout-analyzed',
    promotionId: 'p2',
    phase: 'step',
    step: 0,
    reportDigest,
    verdict,
    sentence,
    windows: [],
    ...change,
  };
}

/** Problems of the steps alone: the analyses of these looks are made up. */
async function findStepProblems(): Promise<readonly string[]> {
  return (await findProblems()).filter((problem) => problem.includes(': step: '));
}

describe('a rollout', () => {
  it('that went on after its looks passed is clean', async () => {
    rollout = await RolloutWorld.create({
      rollout: [
        { kind: 'shadow', cycles: 1 },
        { kind: 'share', sharePercent: 50, cycles: 1 },
      ],
    });
    await rollout.begin(0, 0);
    for (const k of [0, 1, 2]) await rollout.publish(k, rolloutRows(40, { seed: k }));
    expect(await rollout.look()).toMatchObject({ status: 'pass' });
    await rollout.begin(1, 50);
    const cohort = rolloutRows(20).map(({ entity }) => entity);
    for (const k of [3, 4, 5]) await rollout.publish(k, rolloutRows(40, { seed: k }), { cohort });
    expect(await rollout.look()).toMatchObject({ status: 'pass' });
    await rollout.changeChampion();
    expect(await findProblems()).toEqual([]);
  });

  it('may not go on without a look, nor after one that failed or settled nothing', async () => {
    rollout = await RolloutWorld.create();
    await rollout.begin(0, 0);
    await rollout.begin(1, 5);
    await rollout.world.append(looked({ step: 1 }));
    await rollout.begin(2, 25);
    await rollout.world.append(looked({ step: 2, verdict: 'pass' }), 'passed');
    await rollout.world.append(looked({ step: 2, verdict: 'fail' }), 'failed');
    await rollout.changeChampion();
    expect(await findStepProblems()).toEqual([
      expect.stringContaining('step: no look before it'),
      expect.stringContaining('step: verdict inconclusive, without a go-ahead'),
      expect.stringContaining('step: verdict fail, without a go-ahead'),
    ]);
  });

  it('may go on when a person gives the go-ahead for what a look could not settle', async () => {
    rollout = await RolloutWorld.create();
    await rollout.begin(0, 0);
    const look = looked();
    await rollout.world.append(look);
    await rollout.world.append(decided('p2', 'approve', { reportDigest: look.reportDigest }), 'go-ahead');
    await rollout.changeChampion();
    expect(await findStepProblems()).toEqual([]);
  });
});

describe('an analysis', () => {
  it('is missed, and told from one that says something else', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'shadow', cycles: 1 }] });
    await rollout.begin(0, 0);
    for (const k of [0, 1, 2]) await rollout.publish(k, rolloutRows(40, { seed: k }));
    const analysis = await rollout.analysis(await rollout.look());
    const forged = { ...analysis, checks: analysis.checks.map((check) => ({ ...check, verdict: 'fail' })) };
    await rollout.world.store.createIfAbsent(`reports/${digestOf(forged)}/rollout.json`, canonicalJson(forged));
    const windows = [rolloutDay(0)];
    await rollout.world.append(looked({ reportDigest: digestOf(forged), verdict: 'pass', windows }), 'forged');
    await rollout.world.append(looked({ verdict: 'pass' }), 'missing');
    await rollout.world.append(looked({ reportDigest: digestOf(analysis), verdict: 'inconclusive' }), 'other');
    expect(await findProblems()).toEqual([
      expect.stringMatching(/rollout.json: verdict: pass$/),
      expect.stringMatching(/^reports\/[0-9a-f]{64}\/rollout.json: nothing$/),
      expect.stringMatching(/rollout.json: verdict: pass$/),
      expect.stringContaining('rollout.json: windows: 2001-03-10T00:00:00.000Z'),
    ]);
  });
});
