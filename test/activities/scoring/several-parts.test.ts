import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ShardRequest } from '../../../activities/ports/scorer.js';
import type { ScorePlan, ScoringSnapshot } from '../../../activities/scoring/scoring-activities.js';
import { planShards } from '../../../domain/shard-plan.js';
import { killAfterLines, startScript } from '../../support/child-process.js';
import { cutSnapshot } from '../../support/cut-snapshot.js';
import { pipeline } from '../../support/ledger.js';
import { order, type Order } from '../../support/orders.js';
import { scoreByHand } from '../../support/real-models.js';
import { ordersAround, RealScoring } from '../../support/real-scoring.js';
import { rungOf } from '../../support/scoring-world.js';

/** Forty orders in no order at all; parts of six are seven files, three shards. */
const orders = Array.from({ length: 40 }, (_, index) => {
  const id = `k${String((index * 17) % 40).padStart(2, '0')}`;
  return order({ id, amount: String((index * 7) % 40) });
});
const inKeyOrder = orders.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const partRows = 6;

let scoring: RealScoring;
let plan: ScorePlan;
let snapshot: ScoringSnapshot;

async function pinInParts(runId: string, rows: number): Promise<void> {
  const steps = scoring.steps();
  plan = await scoring.pin(runId, steps);
  snapshot = await cutSnapshot(scoring.services(), await steps.buildScoringSnapshot(plan), rows);
}

beforeEach(async () => {
  scoring = await RealScoring.create(ordersAround(orders));
  await pinInParts('r1', partRows);
});
afterEach(() => scoring.remove());

/** Every row of the newest version, file after file, has its key and the score of its amount by hand. */
async function expectServed(expected: readonly Order[], fileRows: readonly number[]): Promise<void> {
  const files = await scoring.rows();
  expect(files.map((rows) => rows.length)).toEqual(fileRows);
  expect(files.flat().map(({ row_key }) => row_key)).toEqual(expected.map(({ id }) => id));
  for (const [index, { score }] of files.flat().entries()) {
    expect(score).toBeCloseTo(scoreByHand('b', Number(expected[index]?.amount), 1), 6);
  }
}

describe('a window of several parts', () => {
  it('is published as a file for each, in key order, by one commit, and verifies', async () => {
    expect(await scoring.finish(plan, { snapshot })).toMatchObject({ status: 'published', tableVersion: 0, rows: 40 });
    await expectServed(inKeyOrder, [6, 6, 6, 6, 6, 6, 4]);
    const [commit, ...others] = await scoring.world.table.history(pipeline, 'predictions');
    expect(others).toEqual([]);
    expect(commit?.added).toHaveLength(7);
    expect(new Set(commit?.added.map(({ runIdentity }) => runIdentity)).size).toBe(1);
    expect((await scoring.world.table.load(pipeline, 'shadow-predictions')).files).toHaveLength(7);
    expect(await scoring.problems()).toEqual([]);
  });

  it('is replaced as a whole by one of other parts; the one before stays readable as it was', async () => {
    await scoring.finish(plan, { snapshot });
    const [before, rowsBefore] = [await scoring.published(), await scoring.rows()];
    const changed = orders.map((each) => ({ ...each, amount: String(Number(each.amount) + 1) }));
    await scoring.writeOrders(ordersAround(changed));
    await pinInParts('r2', 25);
    expect(await scoring.finish(plan, { snapshot, runId: 'r2' })).toMatchObject({ status: 'published', rows: 40 });
    await expectServed(
      changed.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      [25, 15],
    );
    expect(await scoring.published()).toMatchObject(before);
    expect(await scoring.rows(0)).toEqual(rowsBefore);
    expect(await scoring.problems()).toEqual([]);
  });

  it('whose worker was killed between two parts goes on after the last one it finished', async () => {
    const spans = planShards(snapshot.parts);
    const span = spans[1] ?? { firstPart: 0, parts: 0 };
    const shard = { plan, snapshot, rung: rungOf(plan), span };
    const job = JSON.stringify({ ...shard, definition: scoring.world.definitions.current });
    await killAfterLines(startScript('score-shard.mjs', [scoring.world.store.root, job, '1']), 1);
    const left = await scoring.published();
    expect(Object.keys(left)).toHaveLength(1);
    expect((await scoring.world.table.load(pipeline, 'predictions')).version).toBe(-1);

    const asked: ShardRequest[] = [];
    const steps = scoring.steps({
      scoreShard: (request) => {
        asked.push(request);
        return scoring.scorer.scoreShard(request);
      },
    });
    expect(await steps.scoreShard(shard)).toMatchObject({ status: 'scored', partsTakenOver: 1 });
    expect(asked).toHaveLength(span.parts - 1);
    expect(await scoring.finish(plan, { snapshot, steps })).toMatchObject({ status: 'published', rows: 40 });
    expect(asked).toHaveLength(snapshot.parts - 1);
    expect(await scoring.published()).toMatchObject(left);
    await expectServed(inKeyOrder, [6, 6, 6, 6, 6, 6, 4]);
    expect(await scoring.problems()).toEqual([]);
  });
});
