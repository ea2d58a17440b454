import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { writeBundle } from '../support/model-bundles.js';
import { logisticModel } from '../support/onnx-models.js';
import { runSql, writeParquet } from '../support/parquet.js';
import { scratchFolder, testFeatures } from '../support/scoring.js';

const scorer = createScorer();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;

const file = (name: string) => path.join(scratch.folder, `${name}.parquet`);
const keyColumn = { name: 'row_key', type: 'VARCHAR' };
const scoredColumns = [keyColumn, { name: 'score_0', type: 'FLOAT' }, { name: 'score_1', type: 'FLOAT' }];
const models = [
  { kind: 'onnx', modelDigest: 'a'.repeat(64), bundlePath: '' },
  { kind: 'baseline', modelDigest: 'baseline', expression: '0.5' },
] as const;

beforeAll(async () => {
  scratch = await scratchFolder();
});

afterAll(() => scratch.remove());

describe('the facts of staged scores', () => {
  it('count missing, extra and repeated keys and scores that are no numbers', async () => {
    await writeParquet(file('part'), [keyColumn], [['a'], ['b'], ['c'], ['d']]);
    await writeParquet(file('scored'), scoredColumns, [
      ['a', 0.25, 1],
      ['b', 0.75, null],
      ['b', 0.5, Number.NaN],
      ['x', Number.POSITIVE_INFINITY, 3],
    ]);
    const facts = await scorer.countFacts({ parts: [file('part')], scoredPath: file('scored'), models });
    expect(facts).toMatchObject({ rowsIn: 4, rowsOut: 4, missingKeys: 2, extraKeys: 1, duplicateKeys: 1 });
    expect(facts.scores[0]).toMatchObject({
      modelDigest: 'a'.repeat(64),
      nonFinite: 1,
      mean: 0.5,
      min: 0.25,
      max: 0.75,
    });
    expect(facts.scores[1]).toMatchObject({ modelDigest: 'baseline', nonFinite: 2, mean: 2, min: 1, max: 3 });
    expect(facts.scores[0]?.deciles).toHaveLength(9);
    expect(facts.scores[0]?.deciles[4]).toBe(0.5);
  });

  it('are zeros and nulls for a window without rows', async () => {
    await writeParquet(file('no-part'), [keyColumn], []);
    await writeParquet(file('no-scores'), scoredColumns, []);
    const facts = await scorer.countFacts({ parts: [file('no-part')], scoredPath: file('no-scores'), models });
    expect(facts).toMatchObject({ rowsIn: 0, rowsOut: 0, missingKeys: 0, extraKeys: 0, duplicateKeys: 0 });
    expect(facts.scores[0]).toMatchObject({ nonFinite: 0, mean: null, min: null, max: null, deciles: [] });
  });
});

describe('a publication', () => {
  const publish = (outputPath: string, decisionThreshold: number) =>
    scorer.writePublication({
      scoredPath: file('to-publish'),
      modelIndex: 1,
      modelDigest: 'a'.repeat(64),
      decisionThreshold,
      cohort: 'champion',
      runIdentity: 'f'.repeat(64),
      outputPath,
    });

  beforeAll(() =>
    writeParquet(file('to-publish'), scoredColumns, [
      ['c', 0, 0.1],
      ['a', 0, 0.2],
      ['b', 0, 0.3],
    ]),
  );

  it('has its rows in key order, each with score, decision, model, cohort and run', async () => {
    expect(await publish(file('published'), 0.25)).toEqual({ rows: 3, positives: 1 });
    const common = { model_digest: 'a'.repeat(64), cohort: 'champion', run_identity: 'f'.repeat(64) };
    expect(await runSql(`FROM read_parquet('${file('published')}')`)).toEqual([
      { row_key: 'a', score: Math.fround(0.2), decision: false, ...common },
      { row_key: 'b', score: Math.fround(0.3), decision: true, ...common },
      { row_key: 'c', score: Math.fround(0.1), decision: false, ...common },
    ]);
  });

  it('calls a float32 score positive when, as a double, it is not below the threshold', async () => {
    const score = Math.fround(0.2);
    expect((await publish(file('at'), score)).positives).toBe(2);
    expect((await publish(file('above'), score + 1e-12)).positives).toBe(1);
    expect((await publish(file('below'), score - 1e-12)).positives).toBe(2);
  });

  it('is the same bytes when it is written again', async () => {
    await publish(file('first'), 0.25);
    await publish(file('second'), 0.25);
    expect((await readFile(file('first'))).equals(await readFile(file('second')))).toBe(true);
  });
});

describe('corrections', () => {
  const columns = [
    keyColumn,
    { name: 'score', type: 'FLOAT' },
    { name: 'decision', type: 'BOOLEAN' },
    { name: 'model_digest', type: 'VARCHAR' },
  ];

  it('list every row whose score or decision differs, and count decisions apart', async () => {
    await writeParquet(file('old'), columns, [
      ['a', 0.25, false, 'bad'],
      ['b', 0.5, true, 'bad'],
      ['c', 0.75, true, 'bad'],
    ]);
    await writeParquet(file('new'), columns, [
      ['a', 0.25, false, 'good'],
      ['b', 0.125, false, 'good'],
      ['c', 0.875, true, 'good'],
    ]);
    const pairs = [{ window: '2001-03-05', oldPath: file('old'), newPath: file('new') }];
    const counts = await scorer.writeCorrections({ pairs, outputPath: file('corrections') });
    expect(counts).toEqual({ rowsReplaced: 3, scoresChanged: 2, decisionsChanged: 1 });
    const written = await runSql(`FROM read_parquet('${file('corrections')}')`);
    expect(written.map((row) => row['row_key'])).toEqual(['b', 'c']);
    expect(written[0]).toEqual({
      window: '2001-03-05',
      row_key: 'b',
      old_score: 0.5,
      new_score: 0.125,
      old_decision: true,
      new_decision: false,
      old_model_digest: 'bad',
      new_model_digest: 'good',
    });
  });

  it('are an empty file when nothing was replaced', async () => {
    const counts = await scorer.writeCorrections({ pairs: [], outputPath: file('no-corrections') });
    expect(counts).toEqual({ rowsReplaced: 0, scoresChanged: 0, decisionsChanged: 0 });
    expect(await runSql(`FROM read_parquet('${file('no-corrections')}')`)).toEqual([]);
  });
});

describe('golden rows', () => {
  const model = logisticModel([0.5, -0.25], 0.1);
  const features = testFeatures.slice(0, 2);
  const sigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));

  it('are reproduced by their model to within float32', async () => {
    const inputs = Array.from({ length: 20 }, (_row, index) => [index, 20 - index] as const);
    const golden = inputs.map(([a, b]) => [a, b, sigmoid(0.5 * a - 0.25 * b + 0.1)]);
    const bundle = await writeBundle(path.join(scratch.folder, 'golden'), { model, features, golden });
    const checked = await scorer.checkBundle({ bundlePath: bundle.bundlePath, timeoutMs: 30_000 });
    expect(checked.rows).toBe(20);
    expect(checked.maxDifference).toBeLessThan(1e-6);
  });

  it('show how far a model is from the scores stored with it', async () => {
    const golden = [
      [0, 0, sigmoid(0.1)],
      [2, 0, sigmoid(1.1) + 0.25],
    ];
    const bundle = await writeBundle(path.join(scratch.folder, 'off'), { model, features, golden });
    const checked = await scorer.checkBundle({ bundlePath: bundle.bundlePath, timeoutMs: 30_000 });
    expect(checked.maxDifference).toBeCloseTo(0.25, 6);
  });

  it('prove nothing when there are none, so the bundle is corrupt', async () => {
    const bundle = await writeBundle(path.join(scratch.folder, 'none'), { model, features, golden: [] });
    const checking = scorer.checkBundle({ bundlePath: bundle.bundlePath, timeoutMs: 30_000 });
    await expect(checking).rejects.toMatchObject({ type: 'MODEL_CORRUPT' });
  });
});
