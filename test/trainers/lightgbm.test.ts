import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { TrainerReport, TrainerRequest } from '../../contracts/trainer.js';
import { runPython, testPython, trainerFeatures, writeTrainerRows } from '../support/trainer-data.js';

const program = path.resolve('trainers/lightgbm/train.py');
/** The same parameters stand in native_parity.py, under LightGBM's own names. */
const params = { trees: 40, leaves: 31, maxDepth: 6, learningRate: 0.2, minRowsPerLeaf: 20 };
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let plain: Awaited<ReturnType<typeof train>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-lightgbm-'));
  await writeTrainerRows(file('train'), 0, 4000);
  await writeTrainerRows(file('train-complete'), 0, 4000, false);
  await writeTrainerRows(file('validation'), 4000, 6000);
  plain = await train('plain');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the LightGBM trainer', () => {
  it('gives the same bytes for the same request and seed', async () => {
    const again = await train('again');
    expect(again.digest).toBe(plain.digest);
  });

  it('gives another model for another seed when features are drawn at random', async () => {
    const drawn = { params: { ...params, featureFraction: 0.5 } };
    const first = await train('seed-1', { ...drawn, seed: 1 });
    const second = await train('seed-2', { ...drawn, seed: 2 });
    expect(second.digest).not.toBe(first.digest);
  });

  it('predicts what an untouched LightGBM model predicts, missing and unseen values included', async () => {
    const { report } = plain;
    const parity = await compareWithNative(plain);
    expect(parity.maxDifference).toBeLessThanOrEqual(1e-6);
    expect(parity.spread).toBeGreaterThan(0.5);
    expect(parity.shape).toEqual([parity.rows]);
    expect(report.metrics['auc']).toBeCloseTo(parity.auc, 5);
  });

  it('predicts what LightGBM predicts for missing values of features that were complete in training', async () => {
    const trained = await train('complete', { trainParquet: [file('train-complete')] });
    const parity = await compareWithNative(trained);
    expect(parity.maxDifference).toBeLessThanOrEqual(1e-6);
  });

  it('predicts values for a regression', async () => {
    const trained = await train('values', { kind: 'regression', label: 'minutes' });
    const parity = await compareWithNative(trained);
    expect(parity.maxDifference / parity.scale).toBeLessThanOrEqual(40 * 2 ** -24);
    expect(parity.shape).toEqual([parity.rows]);
    expect(trained.report.metrics['rmse']).toBeCloseTo(parity.rmse, 3);
  });

  it('reports rows, trees kept, library versions and shares of importance by feature name', () => {
    const { report } = plain;
    expect(report.rows).toEqual({ train: 4000, validation: 2000 });
    expect(report.bestIteration).toBe(40);
    expect(Object.keys(report.importance).sort()).toEqual([...trainerFeatures].sort());
    expect(Object.values(report.importance).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(report.libraryVersions['lightgbm']).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('keeps fewer trees when it stops early', async () => {
    const { report } = await train('early', { params: { ...params, trees: 400, earlyStoppingRounds: 5 } });
    expect(report.bestIteration).toBeLessThan(400);
  });

  it('leaves the model and the report and nothing else', async () => {
    expect((await readdir(path.join(folder, 'plain'))).sort()).toEqual(['model.onnx', 'report.json']);
  });
});

describe('the LightGBM trainer refuses', () => {
  it('a depth of 9 and accepts one of 8', async () => {
    const refused = await refuse({ params: { maxDepth: 9 } });
    expect(refused).toContain('params.maxDepth: found 9, expected a whole number from 1 to 8');
    await train('depth-8', { params: { ...params, trees: 2, maxDepth: 8 } });
  });

  it('every unknown parameter and every bad field at once, naming the known ones', async () => {
    const refused = await refuse({ params: { leafs: 3, depth: 4, trees: 0 }, seed: -1, categorical: ['airline'] });
    expect(refused.trim().split('\n')).toEqual([
      'seed: found -1, expected a whole number from 0 to 2147483647',
      "categorical: 'airline' is not in features",
      expect.stringContaining('params.depth: unknown parameter; known are trees, leaves, maxDepth, learningRate'),
      expect.stringContaining('params.leafs: unknown parameter'),
      expect.stringContaining('params.trees: found 0, expected a whole number from 1 to 1000'),
    ]);
  });

  it('columns that are missing or not float32', async () => {
    const refused = await refuse({ features: [...trainerFeatures, 'airline', 'i'] });
    expect(refused).toContain("trainParquet: column 'airline' is missing");
    expect(refused).toContain("feature 'i'");
    expect(refused).toContain('is int64, expected float (float32)');
  });

  it('labels of a binary model that are neither 0 nor 1', async () => {
    expect(await refuse({ label: 'minutes' })).toContain('expected 0 or 1');
  });

  it('data in which no split is found', async () => {
    expect(await refuse({ params: { minRowsPerLeaf: 4000 } })).toContain('no split was found in 4000 rows');
  });
});

function file(name: string): string {
  return path.join(folder, `${name}.parquet`);
}

async function writeRequest(name: string, changes: Partial<TrainerRequest>): Promise<string> {
  const request: TrainerRequest = {
    schemaVersion: 1,
    trainParquet: [file('train')],
    validationParquet: [file('validation')],
    features: trainerFeatures,
    categorical: ['origin'],
    label: 'late',
    kind: 'binary',
    params,
    seed: 7,
    outputDir: path.join(folder, name),
    checkpointDir: path.join(folder, `${name}-checkpoint`),
    ...changes,
  };
  const requestPath = path.join(folder, `${name}.json`);
  await writeFile(requestPath, JSON.stringify(request));
  return requestPath;
}

async function train(name: string, changes: Partial<TrainerRequest> = {}) {
  const requestPath = await writeRequest(name, changes);
  await runPython([program, requestPath]);
  const modelPath = path.join(folder, name, 'model.onnx');
  const digest = createHash('sha256')
    .update(await readFile(modelPath))
    .digest('hex');
  const report = JSON.parse(await readFile(path.join(folder, name, 'report.json'), 'utf8')) as TrainerReport;
  return { requestPath, modelPath, digest, report };
}

interface Parity {
  readonly maxDifference: number;
  readonly scale: number;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly spread: number;
  readonly auc: number;
  readonly rmse: number;
}

async function compareWithNative(trained: { requestPath: string; modelPath: string }): Promise<Parity> {
  const program = path.resolve('test/trainers/native_parity.py');
  return JSON.parse(await runPython([program, trained.requestPath, trained.modelPath])) as Parity;
}

/** What the trainer says on standard error when it ends with exit code 2 and leaves no model. */
async function refuse(changes: Partial<TrainerRequest>): Promise<string> {
  const requestPath = await writeRequest('refused', changes);
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(testPython(), [program, requestPath], (error, _stdout, text) =>
      resolve({ code: error?.code, stderr: text }),
    );
  });
  expect(code).toBe(2);
  await expect(readdir(path.join(folder, 'refused'))).rejects.toThrow('ENOENT');
  return stderr;
}
