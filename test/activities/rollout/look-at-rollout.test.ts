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
      isOver: true,
      windows: [rolloutDay(0)],
      reportDigest: first.reportDigest,
    });
  });
});
