import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MetricName } from '../../../domain/metrics.js';
import { replicateStatistic, resampleBlocks, type Resamples } from '../../../domain/statistics/block-bootstrap.js';
import { blockStatistics, computeMetrics, replicateMetrics } from '../../../domain/statistics/block-metrics.js';
import { sumErrorsByBlocks } from '../../../domain/statistics/error-sums.js';
import { drawRows, sumRows, type SummedRow } from '../../support/summed-rows.js';

const BLOCKS = 4;
const THRESHOLD = 0.5;

const counts = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: BLOCKS, maxLength: BLOCKS })
  .filter((all) => Math.max(...all) > 0);
const score = fc.integer({ min: 0, max: 8 }).map((value) => value / 8);
const binaryRow = fc.record({
  label: fc.integer({ min: 0, max: 1 }),
  block: fc.integer({ min: 0, max: BLOCKS - 1 }),
  champion: score,
  challenger: score,
});
/** Every block has rows, so that a multiset of blocks is one of the group's blocks. */
const everyBlock = <T extends { readonly block: number }>(rows: fc.Arbitrary<T>) =>
  fc
    .tuple(fc.array(rows, { maxLength: 40 }), fc.array(rows, { minLength: BLOCKS, maxLength: BLOCKS }))
    .map(([some, one]) => [...some, ...one.map((row, block) => ({ ...row, block }))]);

const repeat = <T extends { readonly block: number }>(rows: readonly T[], drawn: readonly number[]) =>
  rows.flatMap((row) => new Array<T>(drawn[row.block] ?? 0).fill(row));

function spread(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (all.length - 1));
}

describe('decisions of a multiset of blocks', () => {
  /** From the definitions, row by row. */
  function decide(rows: readonly SummedRow[]) {
    const count = (decided: boolean, label: number) =>
      rows.filter((row) => row.champion >= THRESHOLD === decided && row.label === label).length;
    const [tp, fp, tn, fn] = [count(true, 1), count(true, 0), count(false, 0), count(false, 1)];
    return {
      precision: tp / (tp + fp),
      recall: tp / (tp + fn),
      f1: (2 * tp) / (2 * tp + fp + fn),
      mcc: (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
      value: (5 * tp - fp - 2 * fn) / rows.length,
    };
  }

  test('are those of the repeated rows', () => {
    fc.assert(
      fc.property(everyBlock(binaryRow), counts, (rows, drawn) => {
        const statistics = blockStatistics(sumRows(rows, { threshold: THRESHOLD }), 'champion');
        for (const [metric, expected] of Object.entries(decide(repeat(rows, drawn)))) {
          const found = statistics[metric as MetricName]?.(Float64Array.from(drawn), 0) ?? 0;
          if (Number.isNaN(expected)) expect(found, metric).toBeNaN();
          else expect(found, metric).toBeCloseTo(expected, 12);
        }
      }),
    );
  });

  test('are not there without a threshold', () => {
    const statistics = blockStatistics(sumRows(drawRows({ blocks: 4, rowsPerBlock: 5, seed: 1 })), 'champion');
    expect(Object.keys(statistics)).toEqual(['auc', 'logLoss', 'brier', 'ece']);
  });
});

describe('errors of a multiset of blocks', () => {
  const numericRow = fc.record({
    label: fc.integer({ min: -20, max: 20 }).map((value) => 1000 + value / 4),
    block: fc.integer({ min: 0, max: BLOCKS - 1 }),
    champion: fc.integer({ min: -20, max: 20 }).map((value) => 1000 + value / 4),
  });

  /** From the definitions, row by row. */
  function measure(rows: readonly { readonly label: number; readonly champion: number }[]) {
    const sum = (of: (row: { label: number; error: number }) => number) =>
      rows.reduce((total, { label, champion }) => total + of({ label, error: champion - label }), 0);
    const mean = sum((row) => row.label) / rows.length;
    return {
      mae: sum((row) => Math.abs(row.error)) / rows.length,
      rmse: Math.sqrt(sum((row) => row.error ** 2) / rows.length),
      r2: 1 - sum((row) => row.error ** 2) / sum((row) => (row.label - mean) ** 2),
      bias: sum((row) => row.error) / rows.length,
      wape: sum((row) => Math.abs(row.error)) / sum((row) => Math.abs(row.label)),
    };
  }

  function sumErrors(rows: readonly { readonly label: number; readonly block: number; readonly champion: number }[]) {
    const scores = Float32Array.from(rows, (row) => row.champion);
    const [group] = sumErrorsByBlocks({
      rows: {
        labels: Float64Array.from(rows, (row) => row.label),
        blocks: Uint16Array.from(rows, (row) => row.block),
        blockCount: BLOCKS,
      },
      champion: scores,
      challenger: scores,
      grouping: { codes: new Int32Array(rows.length), count: 1 },
    });
    if (group === undefined) throw new Error('there is one group');
    return group;
  }

  test('are those of the repeated rows', () => {
    fc.assert(
      fc.property(everyBlock(numericRow), counts, (rows, drawn) => {
        const statistics = blockStatistics(sumErrors(rows), 'champion');
        const repeated = repeat(rows, drawn);
        fc.pre(new Set(repeated.map((row) => row.label)).size > 1);
        for (const [metric, expected] of Object.entries(measure(repeated))) {
          expect(statistics[metric as MetricName]?.(Float64Array.from(drawn), 0), metric).toBeCloseTo(expected, 9);
        }
      }),
    );
  });

  test('equal labels leave R² undefined', () => {
    const rows = Array.from({ length: 8 }, (_, index) => ({ label: 7, block: index % 4, champion: index }));
    expect(computeMetrics(sumErrors(rows), 'champion').r2).toEqual({ value: null, reason: 'all labels are equal' });
  });
});

describe('weights', () => {
  test('a row of weight two is two rows', () => {
    fc.assert(
      fc.property(everyBlock(binaryRow), fc.infiniteStream(fc.integer({ min: 1, max: 3 })), (rows, stream) => {
        const weighted = rows.map((row) => ({ ...row, weight: stream.next().value as number }));
        const repeated = weighted.flatMap((row) => new Array<SummedRow>(row.weight).fill(row));
        const [one, other] = [weighted, repeated.map(({ weight: _weight, ...row }) => row)].map((each) =>
          computeMetrics(sumRows(each, { threshold: THRESHOLD }), 'champion'),
        );
        for (const [metric, expected] of Object.entries(other ?? {})) {
          const found = one?.[metric as MetricName]?.value ?? null;
          if (expected.value === null) expect(found, metric).toBeNull();
          else expect(found, metric).toBeCloseTo(expected.value, 10);
        }
      }),
    );
  });
});

describe('metrics by rank', () => {
  const rows = drawRows({ blocks: 20, rowsPerBlock: 150, seed: 9 });
  const topShare = 0.1;
  const metrics = ['averagePrecision', 'ks', 'liftAtTop', 'recallAtTop'] as const;

  /** The definitions over rows without ties. */
  function measure(of: readonly SummedRow[]) {
    const sorted = [...of].sort((left, right) => right.champion - left.champion);
    const ones = sorted.filter((row) => row.label === 1).length;
    let found = 0;
    let precisions = 0;
    let ks = 0;
    let inTop = 0;
    sorted.forEach((row, index) => {
      found += row.label;
      if (row.label === 1) precisions += found / (index + 1);
      ks = Math.max(ks, Math.abs(found / ones - (index + 1 - found) / (sorted.length - ones)));
      if (index < topShare * sorted.length) inTop = found;
    });
    return {
      averagePrecision: precisions / ones,
      ks,
      liftAtTop: inTop / ones / topShare,
      recallAtTop: inTop / ones,
    };
  }

  /** The same multisets of blocks as our replicates, row by row. */
  function drawnRows(resamples: Resamples): SummedRow[][] {
    return Array.from({ length: resamples.replicates }, (_, replicate) => {
      const start = replicate * resamples.blocks;
      return repeat(rows, [...resamples.weights.subarray(start, start + resamples.blocks)]);
    });
  }

  test('vary over bins of ranks as they do over rows', () => {
    const resamples = resampleBlocks({ blocks: 20, replicates: 200, seed: 1 });
    const group = sumRows(rows, { topShare });
    const found = replicateMetrics(group, 'champion', resamples, metrics);
    const byRows = drawnRows(resamples).map(measure);
    for (const metric of metrics) {
      const ratio = spread(found[metric] ?? []) / spread(byRows.map((one) => one[metric]));
      expect(ratio, metric).toBeGreaterThan(0.97);
      expect(ratio, metric).toBeLessThan(1.03);
    }
  });

  test('are near the exact ones when no block is drawn twice', () => {
    const once = { weights: new Float64Array(20).fill(1), blocks: 20, replicates: 1 };
    const found = replicateMetrics(sumRows(rows, { topShare }), 'champion', once, metrics);
    const exact = measure(rows);
    for (const metric of metrics) expect(found[metric]?.[0], metric).toBeCloseTo(exact[metric], 2);
  });

  test('a replicate without positives has none', () => {
    const without = sumRows(
      rows.map((row) => ({ ...row, label: row.block === 0 ? row.label : 0 })),
      { topShare },
    );
    const weights = new Float64Array(20).fill(1);
    weights[0] = 0;
    const found = replicateMetrics(without, 'champion', { weights, blocks: 20, replicates: 1 }, metrics);
    for (const metric of metrics) expect(found[metric]?.[0], metric).toBeNaN();
  });
});

describe('recalibration', () => {
  const rows = drawRows({ blocks: 20, rowsPerBlock: 100, seed: 12 });
  const noRow: SummedRow = { label: 0, block: 0, champion: 0.5, challenger: 0.5 };
  const logit = (row: SummedRow) => Math.log(row.champion / (1 - row.champion));

  /** Maximum likelihood by gradient steps along each axis in turn, which shares nothing with Newton's method. */
  function fit(of: readonly SummedRow[]): { intercept: number; slope: number } {
    let [intercept, slope] = [0, 1];
    const residuals = () => of.map((row) => row.label - 1 / (1 + Math.exp(-(intercept + slope * logit(row)))));
    for (let round = 0; round < 300; round += 1) {
      const first = residuals();
      intercept += (4 * first.reduce((sum, value) => sum + value, 0)) / of.length;
      const second = residuals();
      const along = second.reduce((sum, value, index) => sum + value * logit(of[index] ?? noRow), 0);
      slope += (4 * along) / of.reduce((sum, row) => sum + logit(row) ** 2, 0);
    }
    return { intercept, slope };
  }

  test('varies in one step as it does when every replicate is fitted anew', () => {
    const resamples = resampleBlocks({ blocks: 20, replicates: 60, seed: 3 });
    const metrics = ['calibrationSlope', 'calibrationIntercept'] as const;
    const found = replicateMetrics(sumRows(rows, { topShare: 0.1 }), 'champion', resamples, metrics);
    const fitted = Array.from({ length: 60 }, (_, replicate) =>
      fit(repeat(rows, [...resamples.weights.subarray(replicate * 20, replicate * 20 + 20)])),
    );
    const ratio = (metric: (typeof metrics)[number], values: readonly number[]) =>
      spread(found[metric] ?? []) / spread(values);
    expect(
      ratio(
        'calibrationSlope',
        fitted.map((one) => one.slope),
      ),
    ).toBeCloseTo(1, 1);
    expect(
      ratio(
        'calibrationIntercept',
        fitted.map((one) => one.intercept),
      ),
    ).toBeCloseTo(1, 1);
  });

  test('has none where scores separate the labels', () => {
    const separated = rows.map((row) => ({
      ...row,
      champion: row.label === 1 ? 0.5 + row.champion / 2 : row.champion / 2,
    }));
    const resamples = resampleBlocks({ blocks: 20, replicates: 5, seed: 3 });
    const group = sumRows(separated, { topShare: 0.1 });
    const found = replicateMetrics(group, 'champion', resamples, ['calibrationSlope']);
    expect([...(found.calibrationSlope ?? [])].every(Number.isNaN)).toBe(true);
  });
});

describe('many groups', () => {
  test('blocks that no group has are not drawn, however many there are', () => {
    const rows = drawRows({ blocks: 5, rowsPerBlock: 30, seed: 2 });
    const spaced = sumRows(rows.map((row) => ({ ...row, block: row.block * 50 })));
    expect(spaced.blocks).toBe(5);
    const resamples = resampleBlocks({ blocks: 5, replicates: 10, seed: 1 });
    const [near, far] = [sumRows(rows), spaced].map((group) => {
      const { auc } = blockStatistics(group, 'champion');
      return auc === undefined ? undefined : replicateStatistic(auc, resamples);
    });
    expect(far).toEqual(near);
  });
});
