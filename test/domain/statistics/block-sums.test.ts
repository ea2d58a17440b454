import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockStatistics, type SideName } from '../../../domain/statistics/block-metrics.js';
import { sumByBlocks, type BinaryGroup } from '../../../domain/statistics/block-sums.js';
import type { BlockStatistic } from '../../../domain/statistics/block-bootstrap.js';
import type { MetricName } from '../../../domain/metrics.js';
import { orderByScore } from '../../../domain/statistics/score-order.js';

const BLOCKS = 4;

interface Row {
  readonly label: number;
  readonly block: number;
  readonly champion: number;
  readonly challenger: number;
}

// Few distinct scores, so that ties are common.
const score = fc.integer({ min: 0, max: 12 }).map((value) => value / 12);
const row: fc.Arbitrary<Row> = fc.record({
  label: fc.integer({ min: 0, max: 1 }),
  block: fc.integer({ min: 0, max: BLOCKS - 1 }),
  champion: score,
  challenger: score,
});
/** Every block holds both classes, so every multiset of blocks has an AUC. */
const rowsOfBothClasses = fc.array(row, { minLength: 1, maxLength: 60 }).map((rows) => [
  ...rows,
  ...Array.from({ length: BLOCKS }, (_, block) => [
    { label: 0, block, champion: 0.25, challenger: 0.5 },
    { label: 1, block, champion: 0.5, challenger: 0.25 },
  ]).flat(),
]);
const weights = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: BLOCKS, maxLength: BLOCKS })
  .filter((all) => Math.max(...all) > 0);

function sums(rows: readonly Row[]): BinaryGroup {
  const side = (name: 'champion' | 'challenger') => {
    const scores = Float32Array.from(rows, (one) => one[name]);
    return { scores, order: orderByScore(scores) };
  };
  const [group] = sumByBlocks({
    rows: {
      labels: Uint8Array.from(rows, (one) => one.label),
      blocks: Uint16Array.from(rows, (one) => one.block),
      blockCount: BLOCKS,
    },
    champion: side('champion'),
    challenger: side('challenger'),
    grouping: { codes: new Int32Array(rows.length), count: 1 },
  });
  if (group === undefined) throw new Error('there is one group');
  return group;
}

function statistic(group: BinaryGroup, side: SideName, metric: MetricName): BlockStatistic {
  const found = blockStatistics(group, side)[metric];
  if (found === undefined) throw new Error(`the sums do not give ${metric}`);
  return found;
}

/** The definition of the AUC, pair by pair. */
function pairwiseAuc(rows: readonly Row[], side: 'champion' | 'challenger'): number {
  const positives = rows.filter((one) => one.label === 1);
  const negatives = rows.filter((one) => one.label === 0);
  const wins = positives.flatMap((yes) =>
    negatives.map((no) => (yes[side] > no[side] ? 1 : yes[side] === no[side] ? 0.5 : 0)),
  );
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

function meanOf(rows: readonly Row[], loss: (score: number, label: number) => number): number {
  return rows.reduce((sum, one) => sum + loss(Math.fround(one.champion), one.label), 0) / rows.length;
}

const repeat = (rows: readonly Row[], counts: readonly number[]) =>
  rows.flatMap((one) => new Array<Row>(counts[one.block] ?? 0).fill(one));

describe('a multiset of days needs no row again', () => {
  test('AUC is the pairwise AUC of the repeated rows, ties counting half', () => {
    fc.assert(
      fc.property(rowsOfBothClasses, weights, (rows, counts) => {
        const group = sums(rows);
        const drawn = repeat(rows, counts);
        const found = statistic(group, 'champion', 'auc')(Float64Array.from(counts), 0);
        expect(found).toBeCloseTo(pairwiseAuc(drawn, 'champion'), 12);
        const after = statistic(group, 'challenger', 'auc')(Float64Array.from(counts), 0);
        expect(after).toBeCloseTo(pairwiseAuc(drawn, 'challenger'), 12);
      }),
    );
  });

  test('Brier score and log loss are the means over the repeated rows', () => {
    const logLoss = (score: number, label: number) => {
      const right = label === 1 ? score : 1 - score;
      return -Math.log(Math.min(Math.max(right, 1e-7), 1 - 1e-7));
    };
    fc.assert(
      fc.property(rowsOfBothClasses, weights, (rows, counts) => {
        const group = sums(rows);
        const drawn = repeat(rows, counts);
        const found = (metric: 'brier' | 'logLoss') =>
          statistic(group, 'champion', metric)(Float64Array.from(counts), 0);
        expect(found('brier')).toBeCloseTo(
          meanOf(drawn, (score, label) => (score - label) ** 2),
          10,
        );
        expect(found('logLoss')).toBeCloseTo(meanOf(drawn, logLoss), 10);
      }),
    );
  });

  test('the order of the rows changes no bit of any sum', () => {
    fc.assert(
      fc.property(rowsOfBothClasses, fc.infiniteStream(fc.nat()), (rows, keys) => {
        const shuffled = rows
          .map((one) => ({ one, key: keys.next().value as number }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        expect(sums(shuffled)).toEqual(sums(rows));
      }),
    );
  });

  test('rows that tie share a calibration bin', () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({
      label: index % 2,
      block: 0,
      champion: 0.5,
      challenger: 0.5,
    }));
    expect(sums(rows).champion.bins.filter((bin) => bin.rows > 0)).toEqual([
      { rows: 30, weight: 30, labels: 15, scores: 15 },
    ]);
  });
});

describe('orderByScore', () => {
  test('orders like a comparing sort and keeps ties in row order', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => {
        const scores = Float32Array.from(values);
        const expected = Array.from(scores.keys()).sort(
          (left, right) => (scores[left] ?? 0) - (scores[right] ?? 0) || left - right,
        );
        expect([...orderByScore(scores)]).toEqual(expected);
      }),
    );
  });
});
