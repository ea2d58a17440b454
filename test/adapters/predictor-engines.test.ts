import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServingModel } from '../../activities/ports/scorer.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { kernelBytesOf } from '../support/compiled-trees.js';
import { ensembleModel } from '../support/tree-models.js';
import { writeBundle } from '../support/model-bundles.js';
import { logisticModel, regressionModel, treeModel, type TestTree } from '../support/onnx-models.js';
import { runSql, writeParquet } from '../support/parquet.js';
import { scratchFolder, testFeatures, testRows, writeSnapshot, type TestRow } from '../support/scoring.js';

const scorer = createScorer();
const numeric = testFeatures.slice(0, 2);
const names = numeric.map(({ name }) => name);
const trees: readonly TestTree[] = [
  {
    feature: 0,
    threshold: 6,
    yes: { feature: 1, threshold: 0.5, yes: { leaf: -0.5 }, no: { leaf: 0.25 } },
    no: { feature: 1, threshold: 0.125, yes: { leaf: 1.25 }, no: { leaf: -2 } },
  },
  { feature: 1, threshold: 0.25, yes: { leaf: 0.125 }, no: { leaf: -0.375 } },
];
/** Rows of the snapshot: NaN where the test rows say null. */
const rows = testRows(3_000).map((row, index) => ({ ...row, distance: index % 50 === 0 ? null : row.distance }));

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const file = (name: string) => path.join(scratch.folder, name);

beforeAll(async () => {
  scratch = await scratchFolder();
  const columns = [...names, 'label'].map((name) => ({ name, type: 'FLOAT' }));
  const encoded = (count: number, first: number) =>
    Array.from({ length: count }, (_row, index) => [((first + index) % 12) + 1, ((index * 13) % 100) / 100, index % 2]);
  await writeParquet(file('validation.parquet'), columns, encoded(1_000, 0));
  await writeParquet(file('train.parquet'), columns, encoded(2_000, 5));
});

afterAll(() => scratch.remove());

/** Golden rows as registration makes them, and a bundle with them. */
async function register(name: string, model: Uint8Array) {
  const modelPath = file(`${name}.onnx`);
  await writeFile(modelPath, model);
  const made = await scorer.makeGolden({
    modelPath,
    features: names,
    encodedPaths: [file('validation.parquet'), file('train.parquet')],
    spreadRows: 64,
    goldenPath: file(`${name}-golden.parquet`),
    kernelPath: file(`${name}-kernel.bin`),
    timeoutMs: 30_000,
  });
  const golden = await runSql(`FROM read_parquet('${file(`${name}-golden.parquet`)}')`);
  return { made, golden: golden.map((row) => [...names, 'expected_score'].map((column) => Number(row[column]))) };
}

interface Options {
  readonly on?: readonly TestRow[];
  readonly golden?: readonly (readonly number[])[];
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

async function scoreWith(name: string, model: Uint8Array, { on = rows, golden, files = {} }: Options = {}) {
  const made = golden ?? (await register(name, model)).golden;
  const content = { model, features: numeric, golden: made, extraFiles: files };
  const bundle = await writeBundle(file(`${name}-bundle`), content);
  const snapshot = await writeSnapshot(await mkdtemp(file('snapshot-')), on);
  const serving: ServingModel = {
    scoring: { kind: 'onnx', ...bundle },
    decisionThreshold: 0.5,
    cohort: 'champion',
    scoreCuts: [],
    outputPath: file(`${name}-scores.parquet`),
  };
  const facts = await scorer.scoreShard({
    snapshot: snapshot.manifest,
    partPath: snapshot.parts[0] ?? '',
    rows: on.length,
    models: [serving],
    runIdentity: 'run',
    churn: { livePaths: [], sliceColumns: [] },
    timeoutMs: 30_000,
  });
  const scored = await runSql(`SELECT score FROM read_parquet('${serving.outputPath}')`);
  return { engine: facts.models[0]?.engine, scores: scored.map((row) => Number(row['score'])) };
}

/** The scores of ONNX Runtime's public interface. */
async function runOnnx(model: Uint8Array, on: readonly TestRow[] = rows): Promise<readonly number[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const data = Float32Array.from(on.flatMap((row) => [row.month, row.distance ?? Number.NaN]));
  const output = await session.run({ x: new Tensor('float32', data, [on.length, 2]) });
  return [...(output['score']?.data as Float32Array)];
}

function largestDifference(found: readonly number[], expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? Number.NaN))));
}

describe('golden rows of a new model', () => {
  it('are spread evenly over the validation rows, with the scores of ONNX Runtime', async () => {
    const { made, golden } = await register('spread', logisticModel([0.5, -0.25], 0.1));
    expect(made.rows).toBe(63);
    expect(golden[1]?.slice(0, 2)).toEqual([5, Math.fround(0.08)]);
    expect(golden[1]?.[2]).toBeCloseTo(1 / (1 + Math.exp(-(0.5 * 5 - 0.25 * 0.08 + 0.1))), 6);
  });

  it('reach every leaf that any encoded row reaches, and have each number missing once', async () => {
    const rare: TestTree = {
      feature: 0,
      threshold: 11.5,
      yes: { leaf: 0 },
      no: { feature: 1, threshold: 0.985, yes: { leaf: 1 }, no: { leaf: 2 } },
    };
    const { made, golden } = await register('covering', treeModel([rare], 2));
    expect(made.withoutKernel).toBeNull();
    const inputs = golden.map(([month = 0, distance = 0]) => ({ month, distance }));
    const isRare = ({ month, distance }: { month: number; distance: number }) => month > 11.5 && distance > 0.985;
    const encoded = await runSql(`FROM read_parquet(['${file('validation.parquet')}', '${file('train.parquet')}'])`);
    expect(encoded.some((row) => isRare({ month: Number(row['month']), distance: Number(row['distance']) }))).toBe(
      true,
    );
    expect(inputs.some(isRare)).toBe(true);
    expect(inputs.some(({ month, distance }) => Number.isNaN(month) && !Number.isNaN(distance))).toBe(true);
    expect(inputs.some(({ month, distance }) => !Number.isNaN(month) && Number.isNaN(distance))).toBe(true);
    expect(inputs.some(({ month, distance }) => Number.isNaN(month) && Number.isNaN(distance))).toBe(true);
  });

  it('are the same bytes when they are made again, and so is the kernel', async () => {
    await register('once', treeModel(trees, 2));
    await register('again', treeModel(trees, 2));
    for (const name of ['golden.parquet', 'kernel.bin']) {
      expect(await readFile(file(`again-${name}`))).toEqual(await readFile(file(`once-${name}`)));
    }
  });

  it('say why there is no kernel for a model that is no ensemble of trees', async () => {
    const { made } = await register('no-trees', logisticModel([0.5, -0.25], 0.1));
    expect(made.withoutKernel).toMatch(/tree/);
  });
});

describe('the engine of a model', () => {
  it('is the linear kernel for a logistic regression, with the scores of ONNX Runtime', async () => {
    const model = logisticModel([0.05, -0.25], 0.1);
    const complete = rows.map((row) => ({ ...row, distance: row.distance ?? 0 }));
    const { engine, scores } = await scoreWith('linear', model, { on: complete });
    expect(engine).toBe('linear');
    expect(largestDifference(scores, await runOnnx(model, complete))).toBe(0);
  });

  it('is SQL arithmetic for a linear model where the golden scores are rounded in another way than the kernel rounds', async () => {
    // float32 loses the second feature beside the first one, doubles keep it.
    const golden = [[1, 0.5, 0.5]];
    const january = rows.flatMap((row) => (row.month === 1 ? [{ ...row, distance: row.distance ?? 0 }] : []));
    const { engine, scores } = await scoreWith('sql', regressionModel([1e8, 1], -1e8), { on: january, golden });
    expect(engine).toBe('linear');
    const distances = january.map(({ distance }) => Math.fround(distance));
    expect(largestDifference(scores, distances)).toBeLessThanOrEqual(1e-7);
  });

  it('is ONNX Runtime for a logistic regression whose golden scores neither meets', async () => {
    const golden = [[1, 0.5, 0.51]];
    const { engine } = await scoreWith('off', logisticModel([0.05, -0.25], 0.1), {
      on: rows.filter((row) => row.distance !== null),
      golden,
    });
    expect(engine).toBe('onnx');
  });

  it('fails on missing numbers as ONNX Runtime does, where the engine is the linear kernel', async () => {
    await expect(scoreWith('missing', logisticModel([0.05, -0.25], 0.1))).rejects.toMatchObject({
      type: 'MODEL_BAD_OUTPUT',
      problems: [{ found: 'NaN for row 1' }],
    });
  });

  it('fails on missing numbers as ONNX Runtime does, where the engine is SQL', async () => {
    const missing = scoreWith('missing-sql', regressionModel([1e8, 1], -1e8), { golden: [[1, 0.5, 0.5]] });
    await expect(missing).rejects.toMatchObject({
      type: 'MODEL_BAD_OUTPUT',
      problems: [{ found: '60 scores that are NaN or infinite' }],
    });
  });

  it('is the tree kernel for trees that were proved at registration, to within 2e-7 of ONNX Runtime', async () => {
    const model = treeModel(trees, 2);
    await register('kernel', model);
    const { engine, scores } = await scoreWith('trees', model, {
      files: { 'kernel.bin': await readFile(file('kernel-kernel.bin')) },
    });
    expect(engine).toBe('trees');
    expect(largestDifference(scores, await runOnnx(model))).toBeLessThanOrEqual(2e-7);
  });

  it('is ONNX Runtime for trees without a kernel', async () => {
    const model = treeModel(trees, 2);
    const { engine, scores } = await scoreWith('no-kernel', model);
    expect(engine).toBe('onnx');
    expect(largestDifference(scores, await runOnnx(model))).toBe(0);
  });

  it('is ONNX Runtime when the kernel beside a model is the kernel of another model', async () => {
    const model = treeModel(trees, 2);
    await register('other', treeModel([{ feature: 0, threshold: 3, yes: { leaf: 1 }, no: { leaf: -1 } }], 2));
    const { engine } = await scoreWith('foreign', model, {
      files: { 'kernel.bin': await readFile(file('other-kernel.bin')) },
    });
    expect(engine).toBe('onnx');
  });

  it('is ONNX Runtime when the kernel has no number for a golden row', async () => {
    const kernel = kernelBytesOf(ensembleModel({ trees: [{ leaf: 3e38 }, { leaf: 3e38 }], featureCount: 2 }));
    const { engine } = await scoreWith('no-number', treeModel(trees, 2), { files: { 'kernel.bin': kernel } });
    expect(engine).toBe('onnx');
  });

  it('is ONNX Runtime when the kernel is of another version', async () => {
    const { engine } = await scoreWith('version', treeModel(trees, 2), {
      files: { 'kernel.bin': Buffer.from('GTREEKRN of old') },
    });
    expect(engine).toBe('onnx');
  });
});
