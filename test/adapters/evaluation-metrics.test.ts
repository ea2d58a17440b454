import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import { canonicalJson } from '../../contracts/digest.js';
import type { ComparisonRequest } from '../../domain/gates/comparison.js';
import { metricsOf } from '../../domain/metrics.js';
import { expectGolden, measureGolden } from '../support/golden-metrics.js';
import {
  comparedSide,
  comparisonRequest,
  makeFolds,
  writeChangedFolds,
  writeFolds,
  type RowChanges,
  type ScoredRow,
} from '../support/scored-folds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-metrics-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const evaluator = (threads = 2) => createEvaluator({ tempDirectory: folder, threads });
const folds = makeFolds({ folds: 2, daysPerFold: 5, rowsPerDay: 60 });
const value = { unit: 'EUR', truePositive: 12.5, falsePositive: -3.25, trueNegative: 0, falseNegative: -7 };

/** Weights of very different size, a few of them zero. */
const weight = (_row: ScoredRow, index: number) => (index % 17 === 0 ? 0 : 10 ** ((index % 7) - 3) * (1 + (index % 5)));
const dollars = ([, , label, champion]: ScoredRow, index: number) => 1000 + 40 * label + 25 * champion - (index % 13);

async function compareChanged(name: string, changes: RowChanges, overrides: Partial<ComparisonRequest>) {
  const files = await writeChangedFolds(folder, name, folds, changes);
  const request = comparisonRequest(files, overrides);
  return { request, comparison: await evaluator().compare(request) };
}

describe('compare agrees with scikit-learn and SciPy to 1e-9', () => {
  test('on every metric of scores, with what decisions bring', async () => {
    const { request, comparison } = await compareChanged('costs', {}, { value });
    expect(comparison.metrics).toEqual(metricsOf('binary'));
    expectGolden(comparison, await measureGolden(request));
  });

  test('on rows with weights, pooled, by fold and by slice', async () => {
    const { request, comparison } = await compareChanged('weights', { weight }, { value });
    expectGolden(comparison, await measureGolden(request));
  });

  test('on predictions of a number, with weights and without', async () => {
    for (const changes of [{ label: dollars }, { label: dollars, weight }]) {
      const { request, comparison } = await compareChanged('dollars', changes, { labelKind: 'regression' });
      expect(comparison.metrics).toEqual(metricsOf('regression'));
      expectGolden(comparison, await measureGolden(request));
      expect(comparison).toMatchObject({ positives: 600, reliability: { champion: [], challenger: [] } });
      // Decisions at each side's own threshold, of which none is right or wrong.
      const { champion, challenger } = request;
      const decides = (score: number, threshold: number | null) => Math.fround(score) >= (threshold ?? Infinity);
      const toPositive = folds
        .flat()
        .filter(
          ([, , , before, after]) =>
            !decides(before, champion.decisionThreshold) && decides(after, challenger.decisionThreshold),
        ).length;
      expect(comparison.flips).toMatchObject({ rows: 600, toPositive, toPositiveRight: null, toNegativeRight: null });
      expect(comparison.observed?.champion.map(({ rows }) => rows)).toHaveLength(10);
      const { champion: before, challenger: after } = comparison.histograms;
      expect(before).toMatchObject({ outside: 0, range: after.range });
      expect(before.counts.reduce((sum, count) => sum + count, 0)).toBe(600);
      expect(comparison.pooled.deLong).toBeNull();
    }
  });
});

test('gives the same bytes whatever the order of the rows and the number of threads, with weights and without', async () => {
  const shuffled = folds.map((fold) => [...fold].sort((left, right) => (left[4] < right[4] ? 1 : -1)));
  for (const labelKind of ['binary', 'regression'] as const) {
    const bytesOf = async (rows: ScoredRow[][], threads: number) => {
      // By key, because the place of a row is about to change.
      const place = (row: ScoredRow) => Number(row[0].split('-').at(-1));
      const files = await writeChangedFolds(folder, `bytes-${labelKind}-${String(threads)}`, rows, {
        weight: (row) => weight(row, place(row)),
        ...(labelKind === 'regression' ? { label: (row) => dollars(row, place(row)) } : {}),
      });
      return canonicalJson(await evaluator(threads).compare(comparisonRequest(files, { labelKind, value })));
    };
    expect(await bytesOf(shuffled, 1)).toBe(await bytesOf(folds, 2));
  }
});

test('measures no value per decision where the pipeline gives none', async () => {
  const { comparison } = await compareChanged('free', {}, {});
  expect(comparison.metrics).not.toContain('value');
  expect(comparison.pooled.champion).not.toHaveProperty('value');
});

test('names the ten rows whose score moves most, by distance and then by key', async () => {
  const day = '2001-04-01';
  const rows = Array.from({ length: 14 }, (_, index): ScoredRow => {
    const moved = index < 4 ? 0.5 : 0.25;
    return [`k${String(index).padStart(2, '0')}`, day, 0, 0.25, index === 13 ? 0.25 : 0.25 + moved, 'ATL'];
  });
  const { movers } = await evaluator().compare(comparisonRequest(await writeFolds(folder, 'moved', [rows.reverse()])));
  expect(movers.map(({ rowKey }) => rowKey)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => `k0${String(k)}`));
  expect(movers[0]).toEqual({ rowKey: 'k00', champion: 0.25, challenger: 0.75, label: 0 });
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses the weight %s and says how many rows have one',
  async (bad) => {
    const one = [folds[0]?.slice(0, 5) ?? []];
    const files = await writeChangedFolds(folder, 'bad-weight', one, { weight: (_, index) => (index === 3 ? bad : 1) });
    await expect(evaluator().compare(comparisonRequest(files))).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'weight', found: '1 of 5 rows', expected: 'finite weights of at least zero' }],
    });
  },
);

describe('a metric that is undefined is null with its reason', () => {
  const rowOf = (index: number, label: number, score: number): ScoredRow => [
    `k${String(index)}`,
    '2001-04-01',
    label,
    score,
    score,
    'ATL',
  ];
  const reasonsOf = async (name: string, rows: ScoredRow[], overrides: Partial<ComparisonRequest> = {}) => {
    const comparison = await evaluator().compare(
      comparisonRequest(await writeFolds(folder, name, [rows]), { value, ...overrides }),
    );
    const entries = Object.entries(comparison.pooled.challenger);
    return Object.fromEntries(entries.map(([metric, { value: found, reason }]) => [metric, found ?? reason]));
  };

  test('no positive label', async () => {
    const none = 'none of the 3 labels is positive';
    expect(
      await reasonsOf(
        'negatives',
        [0.1, 0.2, 0.9].map((score, index) => rowOf(index, 0, score)),
      ),
    ).toMatchObject({
      auc: none,
      averagePrecision: none,
      ks: none,
      recallAtTop: none,
      liftAtTop: none,
      calibrationSlope: none,
      recall: 'no label is positive',
      precision: 0,
      f1: 0,
      mcc: 'all labels are the same',
    });
  });

  test('constant scores rank nothing and cannot be recalibrated', async () => {
    expect(
      await reasonsOf(
        'constant',
        [0, 1, 0, 0].map((label, index) => rowOf(index, label, 0.25)),
      ),
    ).toMatchObject({
      auc: 0.5,
      averagePrecision: 0.25,
      ks: 0,
      ece: 0,
      recallAtTop: 0.1,
      liftAtTop: 1,
      calibrationSlope: 'all scores are the same',
      calibrationIntercept: 'all scores are the same',
      precision: 'no row is decided positive',
      recall: 0,
      mcc: 'all decisions are the same',
    });
  });

  test('scores that separate the labels have no finite recalibration', async () => {
    const rows = [rowOf(0, 0, 0.1), rowOf(1, 0, 0.4), rowOf(2, 1, 0.4), rowOf(3, 1, 0.8)];
    expect(await reasonsOf('separated', rows)).toMatchObject({
      auc: 0.875,
      calibrationSlope: 'the scores separate the labels completely',
    });
  });

  test('no threshold, and scores outside 0..1', async () => {
    const rows = [rowOf(0, 0, 0.1), rowOf(1, 1, 0.4), rowOf(2, 0, 3e30)];
    const outside = '1 scores are outside 0..1 and so no probabilities';
    const challenger = comparedSide({ decisionThreshold: null });
    expect(await reasonsOf('wild', rows, { challenger })).toMatchObject({
      auc: 0.5,
      logLoss: outside,
      brier: outside,
      ece: outside,
      calibrationIntercept: outside,
      precision: 'there is no decision threshold',
      value: 'there is no decision threshold',
    });
  });

  test('no rows at all', async () => {
    const reasons = await reasonsOf('nothing', []);
    expect(new Set(Object.values(reasons))).toEqual(new Set(['there are no labelled rows']));
  });

  test('predicted numbers whose labels are all the same, or all zero', async () => {
    const labelKind = 'regression' as const;
    const same = [0.25, 0.5].map((score, index) => rowOf(index, 1e15 + 0.125, score));
    expect(await reasonsOf('same', same, { labelKind })).toMatchObject({ r2: 'all labels are the same', wape: 1 });
    const zeros = [0.25, 0.5].map((score, index) => rowOf(index, 0, score));
    expect(await reasonsOf('zeros', zeros, { labelKind })).toMatchObject({
      mae: 0.375,
      bias: 0.375,
      wape: 'all labels are zero',
    });
  });
});
