import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { proveKernel } from '../../../adapters/tree-kernel/prove-kernel.js';
import { kernelOf } from '../../support/compiled-trees.js';
import { interleaveColumns, scoreWithRuntime } from '../../support/onnx-scores.js';
import { runSql } from '../../support/parquet.js';
import { runPython, trainerFeatures, writeTrainerRows } from '../../support/trainer-data.js';

let folder: string;
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-tree-kernel-'));
  await writeTrainerRows(file('train.parquet'), 0, 4000);
  await writeTrainerRows(file('validation.parquet'), 4000, 7000);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(['binary', 'regression'] as const)('a %s model of our trainer scores the same in the kernel', async (kind) => {
  const model = await train(kind);
  const columns = await readFeatures();
  const rows = columns[0]!.length;
  const expected = scoreWithRuntime(model, interleaveColumns(columns, rows), rows);
  const proof = proveKernel({ kernel: kernelOf(model), columns, rows, expected, tolerance: 2e-7 });
  expect(proof).toMatchObject({ status: 'proved', rows: 3000 });
  expect(columns.some((column) => column.some(Number.isNaN))).toBe(true);
});

async function train(kind: 'binary' | 'regression'): Promise<Uint8Array> {
  const request = {
    schemaVersion: 1,
    trainParquet: [file('train.parquet')],
    validationParquet: [file('validation.parquet')],
    features: trainerFeatures,
    categorical: ['origin'],
    label: kind === 'binary' ? 'late' : 'minutes',
    kind,
    params: { trees: 40, leaves: 63, maxDepth: 8, learningRate: 0.2, minRowsPerLeaf: 10 },
    seed: 7,
    outputDir: file(kind),
    checkpointDir: file(`${kind}-checkpoint`),
  };
  await mkdir(request.outputDir, { recursive: true });
  await writeFile(file(`${kind}.json`), JSON.stringify(request));
  await runPython([path.resolve('trainers/lightgbm/train.py'), file(`${kind}.json`)]);
  return readFile(path.join(request.outputDir, 'model.onnx'));
}

async function readFeatures(): Promise<readonly Float32Array[]> {
  const rows = await runSql(`SELECT ${trainerFeatures.join(', ')} FROM read_parquet('${file('validation.parquet')}')`);
  return trainerFeatures.map((name) => Float32Array.from(rows, (row) => Number(row[name] ?? Number.NaN)));
}
