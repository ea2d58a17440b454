import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoringModel } from '../../activities/ports/scorer.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { writeBundle, type TestBundle } from '../support/model-bundles.js';
import { logisticModel, treeModel, type TestTree } from '../support/onnx-models.js';
import { runSql } from '../support/parquet.js';
import {
  scoreRequest,
  scratchFolder,
  testDictionary,
  testFeatures,
  testRows,
  writeSnapshot,
  type TestRow,
  type TestSnapshot,
} from '../support/scoring.js';

const weights = [0.25, -1.5, 0.4] as const;
const bias = -0.75;
const trees: readonly TestTree[] = [
  {
    feature: 2,
    threshold: 1.5,
    yes: { feature: 0, threshold: 6, yes: { leaf: -0.5 }, no: { leaf: 0.25 } },
    no: { feature: 1, threshold: 0.5, yes: { leaf: 1.25 }, no: { leaf: -2 } },
  },
  { feature: 1, threshold: 0.25, yes: { leaf: 0.125 }, no: { leaf: -0.375 } },
];

const scorer = createScorer();
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let snapshot: TestSnapshot;
let logistic: ScoringModel;
let ensemble: ScoringModel;

const asModel = (bundle: TestBundle): ScoringModel => ({ kind: 'onnx', ...bundle });
const output = (name: string) => path.join(scratch.folder, `${name}.parquet`);

beforeAll(async () => {
  scratch = await scratchFolder();
  snapshot = await writeSnapshot(scratch.folder, testRows(5_000), { partRows: 3_000, labelled: true });
  const bundle = (name: string) => path.join(scratch.folder, name);
  const encoded = { features: testFeatures, dictionary: testDictionary };
  logistic = asModel(await writeBundle(bundle('logistic'), { model: logisticModel(weights, bias), ...encoded }));
  ensemble = asModel(await writeBundle(bundle('ensemble'), { model: treeModel(trees, 3), ...encoded }));
});

afterAll(() => scratch.remove());

function encode(row: TestRow): readonly [number, number, number] {
  const code = testDictionary.origin.findIndex((known) => known === row.origin);
  return [row.month, row.distance === null ? Number.NaN : Math.fround(row.distance), code === -1 ? 3 : code];
}

const sigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));

function expectedLogistic(row: TestRow): number {
  return sigmoid(encode(row).reduce((sum, input, index) => sum + input * Math.fround(weights[index] ?? 0), bias));
}

function walk(tree: TestTree, inputs: readonly number[]): number {
  if ('leaf' in tree) return tree.leaf;
  return walk((inputs[tree.feature] ?? Number.NaN) <= tree.threshold ? tree.yes : tree.no, inputs);
}

function expectedEnsemble(row: TestRow): number {
  return sigmoid(trees.reduce((sum, tree) => sum + walk(tree, encode(row)), 0));
}

async function readScores(filePath: string, column: string): Promise<{ key: string; score: number }[]> {
  const rows = await runSql(`SELECT row_key AS key, ${column} AS score FROM read_parquet('${filePath}')`);
  return rows.map((row) => ({ key: String(row['key']), score: Number(row['score']) }));
}

function largestDifference(found: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? Number.NaN))));
}

describe('the predictor', () => {
  it('gives the scores of a logistic regression computed by hand, in key order over all parts', async () => {
    const scored = await scorer.score(scoreRequest(snapshot, { models: [logistic], outputPath: output('by-hand') }));
    const found = await readScores(output('by-hand'), 'score_0');
    expect(scored.rows).toBe(5_000);
    expect(found.map((row) => row.key)).toEqual(snapshot.rows.map((row) => row.key));
    const difference = largestDifference(
      found.map((row) => row.score),
      snapshot.rows.map(expectedLogistic),
    );
    expect(difference).toBeLessThan(1e-6);
  });

  it('gives the scores of a tree ensemble walked by hand, with unseen and missing categories', async () => {
    await scorer.score(scoreRequest(snapshot, { models: [ensemble], outputPath: output('walked') }));
    const found = await readScores(output('walked'), 'score_0');
    const difference = largestDifference(
      found.map((row) => row.score),
      snapshot.rows.map(expectedEnsemble),
    );
    expect(difference).toBeLessThan(1e-6);
  });

  it('sends a missing number to the trees as NaN', async () => {
    const folder = path.join(scratch.folder, 'missing');
    const rows = testRows(50).map((row) => ({ ...row, distance: null }));
    await mkdir(folder);
    const missing = await writeSnapshot(folder, rows);
    await scorer.score(scoreRequest(missing, { models: [ensemble], outputPath: output('missing') }));
    const found = await readScores(output('missing'), 'score_0');
    const difference = largestDifference(
      found.map((row) => row.score),
      rows.map(expectedEnsemble),
    );
    expect(difference).toBeLessThan(1e-6);
  });

  it('scores champion, shadow and baseline in one pass exactly as in passes of their own', async () => {
    const baseline: ScoringModel = { kind: 'baseline', modelDigest: 'baseline', expression: 'month / 12' };
    const models = [logistic, ensemble, baseline];
    await scorer.score(scoreRequest(snapshot, { models, outputPath: output('together') }));
    for (const [index, model] of models.entries()) {
      await scorer.score(scoreRequest(snapshot, { models: [model], outputPath: output(`alone-${String(index)}`) }));
      const together = await readScores(output('together'), `score_${String(index)}`);
      expect(await readScores(output(`alone-${String(index)}`), 'score_0')).toEqual(together);
    }
    const [first] = await readScores(output('together'), 'score_2');
    expect(first?.score).toBe(Math.fround(1 / 12));
  });

  it('writes the same bytes for the same inputs', async () => {
    for (const name of ['once', 'twice']) {
      await scorer.score(scoreRequest(snapshot, { models: [ensemble, logistic], outputPath: output(name) }));
    }
    expect((await readFile(output('once'))).equals(await readFile(output('twice')))).toBe(true);
  });

  it('keeps the key, and carries time, slices and the label only when asked', async () => {
    await scorer.score(scoreRequest(snapshot, { models: [logistic], outputPath: output('plain') }));
    await scorer.score(
      scoreRequest(snapshot, {
        models: [logistic],
        outputPath: output('carried'),
        carry: ['event_time', 'origin', 'month'],
      }),
    );
    const columnsOf = (name: string) =>
      runSql(`SELECT column_name AS n, column_type AS t FROM (DESCRIBE FROM read_parquet('${output(name)}'))`);
    const kept = [{ n: 'row_key', t: 'VARCHAR' }];
    const score = { n: 'score_0', t: 'FLOAT' };
    const carried = [
      { n: 'event_time', t: 'TIMESTAMP' },
      { n: 'origin', t: 'VARCHAR' },
      { n: 'month', t: 'DOUBLE' },
      { n: 'label', t: 'DOUBLE' },
    ];
    expect(await columnsOf('plain')).toEqual([...kept, score]);
    expect(await columnsOf('carried')).toEqual([...kept, ...carried, score]);
  });

  it('writes an empty file for a snapshot without rows', async () => {
    const folder = path.join(scratch.folder, 'empty');
    await mkdir(folder);
    const empty = await writeSnapshot(folder, []);
    const scored = await scorer.score(scoreRequest(empty, { models: [logistic], outputPath: output('empty') }));
    expect(scored.rows).toBe(0);
    expect(await readScores(output('empty'), 'score_0')).toEqual([]);
  });

  it('gives equal scores for encoded inputs, which hold the codes of the same dictionary', async () => {
    const inputs = { parts: snapshot.parts, model: logistic, outputPath: output('inputs') };
    expect(await scorer.writeInputs(inputs)).toBe(5_000);
    const bundlePath = logistic.kind === 'onnx' ? logistic.bundlePath : '';
    await scorer.scoreEncoded({
      modelPath: path.join(bundlePath, 'model.onnx'),
      features: ['month', 'distance', 'origin'],
      encodedPath: output('inputs'),
      outputPath: output('encoded-scores'),
      timeoutMs: 30_000,
    });
    const rows = await runSql(`SELECT score FROM read_parquet('${output('encoded-scores')}')`);
    const difference = largestDifference(
      rows.map((row) => Number(row['score'])),
      snapshot.rows.map(expectedLogistic),
    );
    expect(difference).toBeLessThan(1e-6);
    const [encoded] = await runSql(`SELECT * FROM read_parquet('${output('inputs')}') WHERE row_key = 'k0000003'`);
    expect(encoded).toEqual({
      row_key: 'k0000003',
      month: 4,
      distance: Math.fround(((3 * 7919) % 2500) / 2500),
      origin: 3,
    });
  });
});
