import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../activities/ports/store.js';
import type { ScorePlan, ScoringSnapshot } from '../../../activities/scoring/scoring-activities.js';
import { oneBitFlipped } from '../../support/damage.js';
import { pipeline } from '../../support/ledger.js';
import { stampOf } from '../../support/activity-world.js';
import { order } from '../../support/orders.js';
import { ordersAround, RealScoring, withStore, type Changes } from '../../support/real-scoring.js';
import { rungOf } from '../../support/scoring-world.js';

let scoring: RealScoring;
let before: Readonly<Record<string, string>>;
beforeEach(async () => {
  scoring = await RealScoring.create();
  expect(await scoring.run('good')).toMatchObject({ status: 'published', tableVersion: 0, rows: 3 });
  before = await scoring.published();
});
afterEach(() => scoring.remove());

/** The source of a window that is worth publishing again; `extra` makes two of them differ. */
const renew = (extra: string) =>
  scoring.writeOrders(ordersAround(['a', 'b', 'c', extra].map((id) => order({ id, amount: '16' }))));

interface Pinned {
  readonly plan: ScorePlan;
  readonly snapshot: ScoringSnapshot;
}

/** A run that is as far as its snapshot. */
async function pinned(runId: string): Promise<Pinned> {
  const steps = scoring.steps();
  const plan = await scoring.pin(runId, steps);
  return { plan, snapshot: await steps.buildScoringSnapshot(plan) };
}

const shardOf = ({ plan, snapshot }: Pinned) => ({
  plan,
  snapshot,
  rung: rungOf(plan),
  span: { firstPart: 0, parts: snapshot.parts },
});
const publicationOf = ({ plan, snapshot }: Pinned, runId: string) => ({
  plan,
  snapshot,
  rung: rungOf(plan),
  grounds: [],
  stamp: stampOf(runId),
});

/** Nothing of what was there is another, and the log has this many more versions. */
async function expectKept(versionsAdded: number): Promise<void> {
  const after = await scoring.published();
  expect(after).toMatchObject(before);
  const inLog = (files: object) => Object.keys(files).filter((file) => file.includes('_delta_log')).length;
  expect(inLog(after)).toBe(inLog(before) + versionsAdded);
}

async function keys(): Promise<readonly unknown[]> {
  return (await scoring.rows()).flat().map(({ row_key }) => row_key);
}

describe('in the middle of a run', () => {
  it('a source that is replaced whenever it is read is given up', async () => {
    await renew('d');
    let time = 0;
    const changes = withStore(scoring, {
      stage: async (purpose, extension) => {
        await renew(`d${String((time += 1))}`);
        return scoring.world.store.stage(purpose, extension);
      },
    });
    await expect(scoring.run('r1', changes)).rejects.toMatchObject({
      type: 'SOURCE_CHANGED',
      nonRetryable: true,
      details: [{ problems: [{ field: 'dataset.sources.orders', found: `another ${scoring.sourcePath}` }] }],
    });
    expect(await scoring.published()).toEqual(before);
  });

  it('a source that is replaced after the snapshot changes nothing: the run publishes what its snapshot holds', async () => {
    await renew('first');
    const run = await pinned('r1');
    await renew('second');
    expect(await scoring.finish(run.plan, run)).toMatchObject({ status: 'published', tableVersion: 1 });
    expect(await keys()).toEqual(['a', 'b', 'c', 'first']);
    await expectKept(1);
  });

  it('one flipped bit of a snapshot part stops it', async () => {
    await renew('d');
    const run = await pinned('r1');
    const part = `snapshots/${pipeline}/${run.snapshot.digest}/part-00000.parquet`;
    await scoring.damage(part, oneBitFlipped);
    await expect(scoring.finish(run.plan, run)).rejects.toMatchObject({ type: 'STORE_MISMATCH', nonRetryable: true });
    expect(await scoring.published()).toEqual(before);
  });

  it('one flipped bit of a scored file stops it before the commit', async () => {
    await renew('d');
    const run = await pinned('r1');
    const steps = scoring.steps();
    await steps.scoreShard(shardOf(run));
    const isNew = (file: string) => !(file in before);
    const [scored = ''] = Object.keys(await scoring.published()).filter(isNew);
    await scoring.damage(scored, oneBitFlipped);
    const publishing = steps.publishScores(publicationOf(run, 'r1'));
    await expect(publishing).rejects.toMatchObject({ type: 'STORE_MISMATCH', nonRetryable: true });
    await expectKept(0);
  });
});

/** What a write call says when there is no room left. */
const noSpace = (): never => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

/** A staged path on a device without room, so that the child process meets the end of the disk itself. */
const scoresWithoutRoom: Store['stage'] = async (purpose, extension) => {
  const staged = await scoring.world.store.stage(purpose, extension);
  if (purpose === 'publication') await symlink('/dev/full', staged);
  return staged;
};

const fullDisks: readonly (readonly [when: string, changes: () => Changes])[] = [
  [
    'the snapshot is written',
    () =>
      withStore(scoring, {
        stage: (purpose, extension) =>
          purpose === 'snapshot' ? noSpace() : scoring.world.store.stage(purpose, extension),
      }),
  ],
  ['scores are written', () => withStore(scoring, { stage: scoresWithoutRoom })],
  [
    'a scored file is taken into the store',
    () =>
      withStore(scoring, {
        adopt: (staged, name) => (typeof name === 'string' ? scoring.world.store.adopt(staged, name) : noSpace()),
      }),
  ],
  [
    'the commit is written',
    () =>
      withStore(scoring, {
        createIfAbsent: (file, bytes) =>
          path.dirname(file).endsWith('_delta_log') ? noSpace() : scoring.world.store.createIfAbsent(file, bytes),
      }),
  ],
];

describe('a disk that is full', () => {
  it.each(fullDisks)('when %s is named and publishes nothing, and the next try succeeds', async (_when, changes) => {
    await renew('d');
    const failure = scoring.run('r1', changes());
    await expect(failure).rejects.toMatchObject({ type: 'DISK_FULL', nonRetryable: false });
    await expectKept(0);
    expect(await scoring.run('r1')).toMatchObject({ status: 'published', tableVersion: 1, rows: 4 });
    await expectKept(1);
  });
});

describe('two runs of one window at once', () => {
  it('publish it once when they are equal', async () => {
    await renew('d');
    const results = await Promise.all([scoring.run('r1'), scoring.run('r2')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['already-published', 'published']);
    expect(await keys()).toEqual(['a', 'b', 'c', 'd']);
    await expectKept(1);
  });

  it('publish the rows of one of them, never a mixture, when they differ', async () => {
    await renew('first');
    const first = await pinned('r1');
    await renew('second');
    const second = await pinned('r2');
    const results = await Promise.all([
      scoring.finish(first.plan, { ...first, runId: 'r1' }),
      scoring.finish(second.plan, { ...second, runId: 'r2' }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['overtaken', 'published']);
    const winner = results[0].status === 'published' ? 'first' : 'second';
    expect(await keys()).toEqual(['a', 'b', 'c', winner]);
    await expectKept(1);
  });
});

function signalOnce(): { readonly given: Promise<void>; give(): void } {
  let resolve: () => void = () => undefined;
  const given = new Promise<void>((done) => {
    resolve = done;
  });
  return { given, give: () => resolve() };
}

/** A shard that was scored by an attempt which everybody takes for dead; `wakes` lets it go on. */
async function zombieOf(run: Pinned) {
  const [scored, gate] = [signalOnce(), signalOnce()];
  const steps = scoring.steps({
    scoreShard: async (request) => {
      const facts = await scoring.scorer.scoreShard(request);
      scored.give();
      await gate.given;
      return facts;
    },
  });
  const attempt = steps.scoreShard(shardOf(run));
  await scored.given;
  return {
    wakes: () => {
      gate.give();
      return attempt;
    },
    publishes: () => steps.publishScores(publicationOf(run, 'zombie')),
  };
}

describe('an attempt that was given up, but finishes late,', () => {
  let run: Pinned;
  let zombie: Awaited<ReturnType<typeof zombieOf>>;
  beforeEach(async () => {
    await renew('d');
    run = await pinned('r1');
    zombie = await zombieOf(run);
  });

  it('finds its work done, and changes no byte of it', async () => {
    expect(await scoring.finish(run.plan, run)).toMatchObject({ status: 'published', tableVersion: 1 });
    before = await scoring.published();
    expect(await zombie.wakes()).toMatchObject({ status: 'scored', rows: 4 });
    expect(await zombie.publishes()).toMatchObject({ status: 'already-published', tableVersion: 1 });
    expect(await scoring.published()).toEqual(before);
  });

  it('does not take the place of a newer run that was published meanwhile', async () => {
    await renew('newer');
    expect(await scoring.run('r2')).toMatchObject({ status: 'published', tableVersion: 1 });
    before = await scoring.published();
    await zombie.wakes();
    expect(await zombie.publishes()).toMatchObject({ status: 'overtaken', tableVersion: null });
    await expectKept(0);
    expect(await keys()).toEqual(['a', 'b', 'c', 'newer']);
  });

  it('does not bring back what it had published before a newer run', async () => {
    await scoring.finish(run.plan, run);
    await renew('newer');
    expect(await scoring.run('r2')).toMatchObject({ status: 'published', tableVersion: 2 });
    before = await scoring.published();
    await zombie.wakes();
    expect(await zombie.publishes()).toMatchObject({ status: 'superseded', tableVersion: null });
    expect(await scoring.published()).toEqual(before);
  });
});
