import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { writeBundle } from '../support/model-bundles.js';
import { logisticModel, squareRootModel } from '../support/onnx-models.js';
import { runSql, writeParquet } from '../support/parquet.js';
import { scratchFolder, testDictionary, testFeatures } from '../support/scoring.js';

const scorer = createScorer({ maxProcesses: 1 });
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  scratch = await scratchFolder();
});
afterAll(() => scratch.remove());

/** Scores encoded rows of month, distance and origin code. */
async function scoreInputs(model: Uint8Array, inputs: readonly (readonly number[])[]): Promise<readonly number[]> {
  const folder = await mkdtemp(path.join(scratch.folder, 'inputs-'));
  const golden = [[1, 1, 1, 1]];
  const content = { model, features: testFeatures, dictionary: testDictionary, golden };
  const { bundlePath, modelDigest } = await writeBundle(path.join(folder, 'bundle'), content);
  const encodedPath = path.join(folder, 'encoded.parquet');
  const outputPath = path.join(folder, 'scored.parquet');
  await writeParquet(
    encodedPath,
    testFeatures.map(({ name }) => ({ name, type: 'FLOAT' })),
    inputs,
  );
  const given = { kind: 'onnx', modelDigest, bundlePath } as const;
  const { rows } = await scorer.scoreInputs({ model: given, encodedPath, outputPath, timeoutMs: 30_000 });
  expect(rows).toBe(inputs.length);
  return (await runSql(`FROM read_parquet('${outputPath}')`)).map(({ score }) => Number(score));
}

it('scores encoded inputs in file order, codes of categories among them', async () => {
  const scores = await scoreInputs(logisticModel([0.1, -0.5, 0.25], 0.2), [
    [3, 0.5, 2],
    [12, 0.25, 0],
  ]);
  const expected = [0.3 - 0.25 + 0.5 + 0.2, 1.2 - 0.125 + 0.2].map((margin) => 1 / (1 + Math.exp(-margin)));
  expected.forEach((score, row) => {
    expect(scores[row]).toBeCloseTo(score, 6);
  });
});

it('leaves a score that is no number to the reader', async () => {
  const scores = await scoreInputs(squareRootModel(3), [
    [4, 0, 0],
    [-1, 0, 0],
    [9, 0, 0],
  ]);
  expect(scores).toEqual([2, Number.NaN, 3]);
});
