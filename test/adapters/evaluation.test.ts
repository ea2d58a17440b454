import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import { digestOf } from '../../contracts/digest.js';
import type { Comparison } from '../../domain/gates/comparison.js';
import { expectGolden, measureGolden, type Golden } from '../support/golden-metrics.js';
import { writeParquet } from '../support/parquet.js';
import { comparisonRequest, comparedSide, makeFolds, writeFolds, type ScoredRow } from '../support/scored-folds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-evaluation-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const evaluator = (threads = 2) => createEvaluator({ tempDirectory: folder, threads });

describe('compare', () => {
  const folds = makeFolds({ folds: 3, daysPerFold: 4, rowsPerDay: 40 });
  let comparison: Comparison;
  let golden: Golden;

  beforeAll(async () => {
    const files = await writeFolds(folder, 'golden', folds);
    comparison = await evaluator().compare(comparisonRequest(files));
    golden = await measureGolden(comparisonRequest(files));
  });

  test('agrees with scikit-learn on every metric, pooled, per fold and per slice, to 1e-9', () => {
    expectGolden(comparison, golden);
    expect(comparison.pooled.champion.ece?.value).toBeCloseTo(golden.championEceBySklearn ?? Number.NaN, 9);
  });

  test('counts rows, positives, days, flips and histograms exactly', () => {
    const rows = folds.flat();
    const before = (row: ScoredRow) => Math.fround(row[3]) >= 0.5;
    const after = (row: ScoredRow) => Math.fround(row[4]) >= 0.45;
    expect(comparison).toMatchObject({ rows: 480, positives: rows.filter((row) => row[2] === 1).length, days: 12 });
    expect(comparison.folds.map((fold) => [fold.rows, fold.days])).toEqual([
      [160, 4],
      [160, 4],
      [160, 4],
    ]);
    expect(comparison.flips).toEqual({
      rows: 480,
      championPositives: rows.filter(before).length,
      challengerPositives: rows.filter(after).length,
      toPositive: rows.filter((row) => !before(row) && after(row)).length,
      toPositiveRight: rows.filter((row) => !before(row) && after(row) && row[2] === 1).length,
      toNegative: rows.filter((row) => before(row) && !after(row)).length,
      toNegativeRight: rows.filter((row) => before(row) && !after(row) && row[2] === 0).length,
    });
    expect(comparison.histograms.champion.counts.reduce((sum, count) => sum + count, 0)).toBe(480);
    expect(comparison.reliability.champion.map((bin) => bin.rows)).toEqual(new Array(15).fill(32));
  });

  test('gives the same digest whatever the order of the rows and the number of threads', async () => {
    const shuffled = folds.map((fold) => [...fold].sort((left, right) => (left[4] < right[4] ? 1 : -1)));
    const files = await writeFolds(folder, 'shuffled', shuffled);
    const again = await evaluator(1).compare(comparisonRequest(files));
    expect(digestOf(again)).toBe(digestOf(comparison));
  });

  test('names the compared rows: another label gives another rows digest', async () => {
    const [first, ...rest] = folds.flat();
    if (first === undefined) throw new Error('there are rows');
    const files = await writeFolds(folder, 'relabelled', [
      [[first[0], first[1], 1 - first[2], first[3], first[4], first[5]], ...rest],
    ]);
    const again = await evaluator().compare(comparisonRequest(files));
    expect(again.rows).toBe(comparison.rows);
    expect(again.rowsDigest).not.toBe(comparison.rowsDigest);
  });

  test('tells identical scores', async () => {
    const same = folds.map((fold) => fold.map((row): ScoredRow => [row[0], row[1], row[2], row[3], row[3], row[5]]));
    const again = await evaluator().compare(comparisonRequest(await writeFolds(folder, 'same', same)));
    expect(again.identicalScores).toBe(true);
    expect(comparison.identicalScores).toBe(false);
  });

  test('leaves undefined metrics null with a reason: one class, scores that are no probabilities, no rows', async () => {
    const oneClass = [
      [0, 1, 2, 3, 4].map((day): ScoredRow => [`k${String(day)}`, `2001-04-0${String(day + 1)}`, 1, 0.4, 0.6, 'ATL']),
    ];
    const only = await evaluator().compare(comparisonRequest(await writeFolds(folder, 'one-class', oneClass)));
    expect(only.pooled.champion.auc).toMatchObject({ value: null, reason: 'all of the 5 labels are positive' });
    expect(only.pooled.differences.auc).toMatchObject({ estimate: null, lower: null, minimumDetectable: null });

    const wild = folds.map((fold) =>
      fold.map((row): ScoredRow => [row[0], row[1], row[2], row[3], row[4] * 3, row[5]]),
    );
    const outside = await evaluator().compare(comparisonRequest(await writeFolds(folder, 'outside', wild)));
    expect(outside.pooled.challenger.logLoss?.value).toBeNull();
    expect(outside.pooled.challenger.logLoss?.reason).toMatch(/outside 0\.\.1/);
    expect(outside.pooled.challenger.auc?.value).toBeCloseTo(comparison.pooled.challenger.auc?.value ?? 0, 9);

    const none = await evaluator().compare(comparisonRequest(await writeFolds(folder, 'none', [[]])));
    expect(none).toMatchObject({ rows: 0, identicalScores: false });
    expect(none.pooled.champion.brier).toMatchObject({ value: null, reason: 'there are no labelled rows' });
  });

  test('gives no interval for fewer than four days and says so', async () => {
    const few = makeFolds({ folds: 1, daysPerFold: 3, rowsPerDay: 40 });
    const result = await evaluator().compare(comparisonRequest(await writeFolds(folder, 'few', few)));
    expect(result.pooled.differences.auc?.estimate).not.toBeNull();
    expect(result.pooled.differences.auc).toMatchObject({
      lower: null,
      reason: 'an interval needs at least 4 days, there are 3',
    });
  });

  test('counts no flips when a side has no threshold', async () => {
    const files = await writeFolds(folder, 'baseline', folds);
    const champion = comparedSide({ modelDigest: 'baseline', kind: 'baseline', decisionThreshold: null });
    expect((await evaluator().compare(comparisonRequest(files, { champion }))).flips).toBeNull();
  });

  test('refuses a row that stands in two folds', async () => {
    const [first = [], second = []] = folds;
    const files = await writeFolds(folder, 'overlap', [first, [...second, ...first.slice(0, 2)]]);
    await expect(evaluator().compare(comparisonRequest(files))).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'row_key', found: '2 of 322 rows' }],
    });
  });

  test('refuses scores that are no numbers, and names the side', async () => {
    const files = await writeFolds(folder, 'nan', [[['k', '2001-04-01', 1, 0.5, Number.NaN, 'ATL']]]);
    await expect(evaluator().compare(comparisonRequest(files))).rejects.toMatchObject({
      type: 'MODEL_BAD_OUTPUT',
      problems: [{ field: 'challenger', found: '1 of 1 rows' }],
    });
  });

  test('ends with the reason of the signal that cancels it', async () => {
    const files = await writeFolds(folder, 'cancelled', folds);
    const cancelled = new Error('cancelled');
    const signal = AbortSignal.abort(cancelled);
    await expect(evaluator().compare({ ...comparisonRequest(files), signal })).rejects.toBe(cancelled);
  });

  test('refuses an unknown slice column by name', async () => {
    const files = await writeFolds(folder, 'columns', folds);
    await expect(evaluator().compare(comparisonRequest(files, { sliceColumns: ['airline'] }))).rejects.toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'airline' }],
    });
  });
});

describe('measurePublished', () => {
  const published = [
    { name: 'row_key', type: 'VARCHAR' },
    { name: 'score', type: 'FLOAT' },
    { name: 'decision', type: 'BOOLEAN' },
  ];
  const labelled = [
    { name: 'row_key', type: 'VARCHAR' },
    { name: 'event_time', type: 'TIMESTAMP' },
    { name: 'label', type: 'DOUBLE' },
  ];

  test('joins by row key and counts coverage over the published rows', async () => {
    const publishedPath = join(folder, 'published.parquet');
    const labelledPath = join(folder, 'labelled.parquet');
    await writeParquet(publishedPath, published, [
      ['a', 0.125, false],
      ['b', 0.75, true],
      ['c', 0.5, true],
      ['d', 0.25, false],
    ]);
    await writeParquet(labelledPath, labelled, [
      ['c', '2001-03-05', 0],
      ['b', '2001-03-05', 1],
      ['a', '2001-03-05', 0],
      ['d', '2001-03-05', null],
      ['elsewhere', '2001-03-05', 1],
    ]);
    const result = await evaluator().measurePublished({
      publishedPaths: [publishedPath],
      labelledParts: [labelledPath],
      isWeighted: false,
    });
    expect(result).toMatchObject({
      rows: 4,
      labelledRows: 3,
      coverage: 0.75,
      positives: 1,
      positiveShare: 0.333333333333,
      decidedPositiveShare: 0.5,
      meanScore: 0.40625,
      metrics: { auc: { value: 1, reason: null } },
    });
    expect(result.metrics.brier?.value).toBeCloseTo((0.125 ** 2 + 0.25 ** 2 + 0.5 ** 2) / 3, 12);
  });

  test('answers a window without rows or labels with reasons, not numbers', async () => {
    const publishedPath = join(folder, 'unlabelled.parquet');
    await writeParquet(publishedPath, published, [['a', 0.5, true]]);
    const open = await evaluator().measurePublished({
      publishedPaths: [publishedPath],
      labelledParts: [],
      isWeighted: false,
    });
    expect(open).toMatchObject({ rows: 1, labelledRows: 0, coverage: 0, positiveShare: null, standardErrors: {} });
    const empty = await evaluator().measurePublished({ publishedPaths: [], labelledParts: [], isWeighted: false });
    expect(empty).toMatchObject({ rows: 0, coverage: null, meanScore: null, decidedPositiveShare: null });
    expect(empty.metrics.auc).toEqual({ value: null, reason: 'there are no labelled rows' });
  });
});

describe('measureDrift', () => {
  test('counts inputs into the bins of the profile, a value on a cut into the lower bin', async () => {
    const part = join(folder, 'inputs.parquet');
    await writeParquet(
      part,
      [
        { name: 'distance', type: 'DOUBLE' },
        { name: 'origin', type: 'VARCHAR' },
      ],
      [
        [100, 'ATL'],
        [200, 'ATL'],
        [250, 'LAX'],
        [900, "O'Hare"],
        [null, null],
        [Number.NaN, 'new'],
      ],
    );
    const profile = {
      rows: 10,
      numeric: { distance: { cuts: [200, 500], shares: [0.3, 0.3, 0.4], nullShare: 0 } },
      categorical: { origin: { values: ['LAX', "O'Hare", 'ATL'], shares: [0.2, 0.3, 0.5] } },
      scores: { mean: 0.2, cuts: [], shares: [1] },
    };
    expect(await evaluator().measureDrift({ parts: [part], profile })).toEqual({
      rows: 6,
      numeric: { distance: { counts: [2, 1, 1], nulls: 2 } },
      categorical: { origin: { counts: [1, 1, 2], other: 2 } },
    });
  });
});
