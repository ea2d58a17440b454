import { afterEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../contracts/digest.js';
import { RolloutWorld, rolloutDay, rolloutRows } from '../../support/rollout-world.js';

let rollout: RolloutWorld;
afterEach(() => rollout.remove());

describe('a step in shadow', () => {
  it('waits while nothing is published, then for its cycles, then for their labels, and passes', async () => {
    rollout = await RolloutWorld.create();
    await rollout.begin(0, 0);
    expect(await rollout.look()).toMatchObject({ status: 'waiting', reportDigest: null, cyclesPublished: 0 });
    await rollout.publish(0, rolloutRows(40));
    expect(await rollout.look()).toMatchObject({ status: 'waiting', cyclesPublished: 1, cyclesNeeded: 2 });
    await rollout.publish(1, rolloutRows(40, { seed: 1 }));
    const pending = await rollout.look();
    expect(pending).toMatchObject({ status: 'waiting', cyclesPublished: 2, cyclesMatured: 0 });
    expect(pending.sentence).toContain('labels of 2 window(s) are not known yet');
    await rollout.publish(2, rolloutRows(40, { seed: 2 }));
    const passed = await rollout.look();
    expect(passed).toMatchObject({ status: 'pass', cyclesPublished: 3, cyclesMatured: 1 });
    expect(rollout.asked).toEqual([{ start: rolloutDay(0).start, asOf: rolloutDay(2).start }]);
  });

  it('keeps the analysis under its digest, records it once, and measures no window twice', async () => {
    rollout = await RolloutWorld.create();
    await rollout.begin(0, 0);
    await rollout.publish(0, rolloutRows(40));
    await rollout.publish(1, rolloutRows(40));
    await rollout.publish(2, rolloutRows(40));
    const first = await rollout.look();
    const { length } = await rollout.world.records();
    const { compared } = rollout;
    expect(digestOf(await rollout.analysis(first))).toBe(first.reportDigest);
    expect(await rollout.look()).toEqual(first);
    expect(await rollout.world.records()).toHaveLength(length);
    expect(rollout.compared).toBe(compared);
    expect(await rollout.world.lastEvent()).toMatchObject({
      type: 'rollout-analyzed',
      step: 0,
      verdict: 'pass',
      status: 'pass',
      windows: [rolloutDay(0)],
      reportDigest: first.reportDigest,
    });
  });
});

/** Days of a rollout whose challenger is worse by about as much each day, with the noise that days have. */
async function publishHarm(days: readonly number[], cohort: readonly string[] = []): Promise<void> {
  for (const k of days) await rollout.publish(k, rolloutRows(40, { harm: 0.15 + (k % 3) / 100, seed: k }), { cohort });
}

describe('harm', () => {
  it('is shown by the windows of all steps together, and stops the rollout', async () => {
    rollout = await RolloutWorld.create({
      rollout: [
        { kind: 'shadow', cycles: 3 },
        { kind: 'share', sharePercent: 50, cycles: 5 },
      ],
    });
    await rollout.begin(0, 0);
    await publishHarm([0, 1, 2]);
    expect(await rollout.look()).toMatchObject({ status: 'pass', cyclesMatured: 1 });
    await rollout.begin(1, 50);
    const cohort = rolloutRows(20).map(({ entity }) => entity);
    await publishHarm([3, 4], cohort);
    expect(await rollout.look()).toMatchObject({ status: 'waiting', cyclesPublished: 2, cyclesMatured: 0 });
    await publishHarm([5, 6, 7], cohort);
    const stopped = await rollout.look();
    expect(stopped).toMatchObject({ status: 'fail', cyclesPublished: 5, cyclesMatured: 3 });
    expect(stopped.sentence).toMatch(/^Failed: version 2 at 50 % of the entities against version 1/);
    const { difference, windows, verdict } = await rollout.analysis(stopped);
    expect(verdict).toBe('fail');
    expect(windows.filter(({ standing }) => standing === 'judged')).toHaveLength(6);
    expect(difference.lower).toBeGreaterThan(0);
  });

  it('is tolerated as often as the policy says', async () => {
    rollout = await RolloutWorld.create({ analysis: { failureLimit: 1, maxChurn: 0 } });
    const flipped = (k: number) =>
      rolloutRows(40, { seed: k }).map((row) => ({ ...row, challenger: 1 - row.champion }));
    await rollout.begin(0, 0);
    await rollout.publish(0, flipped(0));
    const first = await rollout.look();
    expect(first).toMatchObject({ status: 'waiting' });
    expect(first.sentence).toContain('failed look 1 of 1 that may fail: 100 % of the decisions differ, limit 0 %');
    expect(await rollout.look()).toEqual(first);
    await rollout.publish(1, flipped(1));
    expect(await rollout.look()).toMatchObject({ status: 'fail' });
  });
});

describe('the cohort', () => {
  const rows = rolloutRows(40);
  const entities = rows.map(({ entity }) => entity);

  it('passes when the challenger served about its share of the entities', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'share', sharePercent: 50, cycles: 1 }] });
    await rollout.begin(0, 50);
    await rollout.publish(0, rows, { cohort: entities.slice(0, 18) });
    const { cohort, checks } = await rollout.analysis(await rollout.look());
    expect(cohort).toMatchObject({
      rows: 40,
      challengerRows: 18,
      entities: 40,
      challengerEntities: 18,
      sharedEntities: 0,
    });
    expect(checks.find(({ name }) => name === 'sample-ratio')).toMatchObject({ verdict: 'pass', n: 40 });
  });

  it('that is far from its share asks a person at once, before the cycles are over', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'share', sharePercent: 5, cycles: 9 }] });
    await rollout.begin(0, 5);
    await rollout.publish(0, rows, { cohort: entities.slice(0, 18) });
    const look = await rollout.look();
    expect(look).toMatchObject({ status: 'inconclusive', cyclesPublished: 1, cyclesNeeded: 9 });
    expect(look.sentence).toContain('served 18 of 40 entities (45 %)');
  });

  it('whose entities are served by both sides is none', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'share', sharePercent: 50, cycles: 2 }] });
    await rollout.begin(0, 50);
    await rollout.publish(0, rows, { cohort: entities.slice(0, 20) });
    await rollout.publish(1, rows, { cohort: entities.slice(1, 21) });
    const look = await rollout.look();
    expect(look.status).toBe('inconclusive');
    expect(look.sentence).toContain('2 entities were served by both sides');
  });
});

describe('windows that do not count', () => {
  it('are those that only one side has scored: when no other comes, a person is asked', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'shadow', cycles: 1 }] });
    await rollout.begin(0, 0);
    await rollout.publish(0, rolloutRows(40), { onlyChampion: true });
    const look = await rollout.look();
    expect(look).toMatchObject({ status: 'inconclusive', cyclesPublished: 1, cyclesMatured: 0 });
    expect((await rollout.analysis(look)).windows).toMatchObject([
      { standing: 'one-sided', servedRows: 40, sums: null },
    ]);
  });

  it('are those that a side was trained on', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'shadow', cycles: 1 }] });
    await rollout.begin(0, 0);
    await rollout.publish(-5, rolloutRows(40));
    const look = await rollout.look();
    expect(look).toMatchObject({ status: 'waiting', cyclesPublished: 0, cyclesMatured: 0 });
    expect((await rollout.analysis(look)).windows).toMatchObject([{ standing: 'seen', sums: null }]);
  });

  it('are those of which too few rows have a label, until the labels come', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'shadow', cycles: 1 }] });
    await rollout.begin(0, 0);
    await rollout.publish(0, rolloutRows(40), { labelsAt: 3 });
    await rollout.publish(2, rolloutRows(40), { labelsAt: 3 });
    const short = await rollout.look();
    expect(short).toMatchObject({ status: 'waiting', cyclesPublished: 2, cyclesMatured: 0 });
    expect((await rollout.analysis(short)).windows).toMatchObject([
      { standing: 'labels-short', labelsAsOf: rolloutDay(2).start, sums: { labelledRows: 0 } },
      { standing: 'labels-pending', labelsAsOf: null },
    ]);
    await rollout.publish(3, rolloutRows(40), { labelsAt: 3 });
    const judged = await rollout.look();
    expect(judged).toMatchObject({ status: 'pass', cyclesMatured: 1 });
    expect((await rollout.analysis(judged)).windows[0]).toMatchObject({
      standing: 'judged',
      labelsAsOf: rolloutDay(3).start,
    });
  });

  it('are those that the challenger could not score, and they fail the look', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'share', sharePercent: 50, cycles: 1 }] });
    await rollout.begin(0, 50);
    await rollout.publish(0, rolloutRows(40), { onlyChampion: true });
    await rollout.fallBack(0);
    const look = await rollout.look();
    expect(look.status).toBe('fail');
    expect(look.sentence).toContain('the challenger could not score 1 window(s)');
  });
});

describe('a window that cannot be measured', () => {
  it('asks a person at once and says why, and is tried again by the next look', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'shadow', cycles: 9 }] });
    await rollout.begin(0, 0);
    await rollout.publish(0, [{ entity: 'e0', label: 2, champion: 0.4, challenger: 0.4 }]);
    await rollout.publish(2, rolloutRows(40));
    const look = await rollout.look();
    expect(look.status).toBe('inconclusive');
    expect(look.sentence).toContain('2001-03-10: BAD_DATA, label: 1 of 1 rows');
    const { compared } = rollout;
    expect(await rollout.look()).toEqual(look);
    expect(rollout.compared).toBe(compared + 1);
  });
});

describe('the watch', () => {
  it('needs the labels of all of its windows', async () => {
    rollout = await RolloutWorld.create({ rollout: [] });
    await rollout.changeChampion();
    for (const k of [0, 1]) await rollout.publish(k, rolloutRows(40, { seed: k }), { cohort: ['*'] });
    expect(await rollout.look('watch')).toMatchObject({ status: 'waiting', cyclesPublished: 2, cyclesNeeded: 2 });
    await rollout.publish(2, rolloutRows(40), { cohort: ['*'], onlyChallenger: true });
    expect(await rollout.look('watch')).toMatchObject({ status: 'waiting', cyclesMatured: 1 });
    await rollout.publish(3, rolloutRows(40), { cohort: ['*'], onlyChallenger: true });
    const passed = await rollout.look('watch');
    expect(passed).toMatchObject({ status: 'pass', cyclesMatured: 2 });
    expect(await rollout.world.lastEvent()).toMatchObject({ phase: 'watch', step: null, verdict: 'pass' });
  });

  it('is over for whoever looks after a rollback', async () => {
    rollout = await RolloutWorld.create({ rollout: [] });
    await rollout.changeChampion();
    await rollout.rollBack();
    expect(await rollout.look('watch')).toMatchObject({ status: 'waiting', reportDigest: null });
  });
});

describe('a fixed horizon', () => {
  it('finds its winner once, by the windows that were fixed before', async () => {
    rollout = await RolloutWorld.create({ rollout: [{ kind: 'share', sharePercent: 50, cycles: 6, needs: 'better' }] });
    await rollout.begin(0, 50);
    const cohort = rolloutRows(20).map(({ entity }) => entity);
    const better = (k: number) => rolloutRows(40, { harm: -0.1 - (k % 3) / 100, seed: k });
    for (const k of [0, 1, 2, 3, 4, 5, 6]) await rollout.publish(k, better(k), { cohort });
    expect(await rollout.look()).toMatchObject({ status: 'waiting', cyclesMatured: 5 });
    await rollout.publish(7, better(7), { cohort });
    const won = await rollout.look();
    expect(won.status).toBe('pass');
    expect((await rollout.analysis(won)).horizon).toMatchObject({ observations: 6 });
    await rollout.publish(8, rolloutRows(40), { cohort });
    // An older day that is filled in late, and a day of the horizon that is published once more.
    await rollout.publish(-1, rolloutRows(40, { harm: 0.3 }), { cohort });
    await rollout.publish(2, better(2), { cohort });
    expect((await rollout.analysis(await rollout.look())).horizon).toEqual((await rollout.analysis(won)).horizon);
  });
});
