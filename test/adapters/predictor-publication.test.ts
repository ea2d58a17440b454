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

beforeAll(async () => {
  scratch = await scratchFolder();
});

afterAll(() => scratch.remove());

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
    await writeParquet(file('new-1'), columns, [
      ['a', 0.25, false, 'good'],
      ['b', 0.125, false, 'good'],
    ]);
    await writeParquet(file('new-2'), columns, [['c', 0.875, true, 'good']]);
    const pairs = [{ window: '2001-03-05', oldPaths: [file('old')], newPaths: [file('new-1'), file('new-2')] }];
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
