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
    const pairs = [
      { window: '2001-03-05', oldPaths: [file('old')], newPaths: [file('new-1'), file('new-2')], snapshotPaths: null },
    ];
    const counts = await scorer.writeCorrections({ pairs, outputPath: file('corrections') });
    expect(counts).toEqual({ rowsReplaced: 3, scoresChanged: 2, decisionsChanged: 1 });
    const written = await runSql(`FROM read_parquet('${file('corrections')}')`);
    expect(written.map((row) => row['row_key'])).toEqual(['b', 'c']);
    expect(written[0]).toEqual({
      window: '2001-03-05',
      row_key: 'b',
      entity: null,
      old_score: 0.5,
      new_score: 0.125,
      old_decision: true,
      new_decision: false,
      old_model_digest: 'bad',
      new_model_digest: 'good',
    });
  });

  it('say whom each row is about, in the order of window and key, also where files are not laid out alike', async () => {
    const scored = (names: readonly string[], score: number, decision: boolean) =>
      names.map((name) => [name, score, decision, 'm'] as const);
    await writeParquet(file('old-2'), columns, scored(['a', 'b'], 0.75, true));
    await writeParquet(file('new-of-2'), columns, scored(['b', 'a'], 0.25, false));
    await writeParquet(file('old-1'), columns, scored(['p', 'q', 'r'], 0.75, true));
    await writeParquet(file('new-of-1'), columns, scored(['p', 'q', 'r'], 0.5, true));
    const people = [keyColumn, { name: 'entity', type: 'INTEGER' }];
    await writeParquet(file('parts-2'), people, [
      ['a', 1],
      ['b', 2],
      ['z', 9],
    ]);
    await writeParquet(file('parts-1'), people, [
      ['p', 4],
      ['q', 5],
      ['r', 6],
    ]);
    const pair = (window: string, name: string) => ({
      window,
      oldPaths: [file(`old-${name}`)],
      newPaths: [file(`new-of-${name}`)],
      snapshotPaths: [file(`parts-${name}`)],
    });
    const pairs = [pair('2001-03-06', '2'), pair('2001-03-05', '1')];
    expect(await scorer.countChanges({ pairs })).toEqual([
      { window: '2001-03-06', rows: 2, positives: 2, decisionsChanged: 2 },
      { window: '2001-03-05', rows: 3, positives: 3, decisionsChanged: 0 },
    ]);
    const counts = await scorer.writeCorrections({ pairs, outputPath: file('with-entity') });
    expect(counts).toEqual({ rowsReplaced: 5, scoresChanged: 5, decisionsChanged: 2 });
    const written = await runSql(`FROM read_parquet('${file('with-entity')}')`);
    expect(written.map((row) => [row['window'], row['row_key'], row['entity']])).toEqual([
      ['2001-03-05', 'p', '4'],
      ['2001-03-05', 'q', '5'],
      ['2001-03-05', 'r', '6'],
      ['2001-03-06', 'a', '1'],
      ['2001-03-06', 'b', '2'],
    ]);
  });

  it('count the old rows alone where the new ones are still to be scored', async () => {
    await writeParquet(file('served'), columns, [
      ['a', 0.75, true, 'bad'],
      ['b', 0.25, false, 'bad'],
    ]);
    const pairs = [{ window: '2001-03-05', oldPaths: [file('served')], newPaths: [], snapshotPaths: null }];
    expect(await scorer.countChanges({ pairs })).toEqual([
      { window: '2001-03-05', rows: 2, positives: 1, decisionsChanged: null },
    ]);
  });

  it('show a row that only one of the publications has, with nothing on the other side', async () => {
    await writeParquet(file('gone'), columns, [['a', 0.75, true, 'bad']]);
    await writeParquet(file('come'), columns, [['b', 0.25, false, 'good']]);
    const pairs = [{ window: 'w', oldPaths: [file('gone')], newPaths: [file('come')], snapshotPaths: null }];
    await scorer.writeCorrections({ pairs, outputPath: file('sides') });
    const written = await runSql(`SELECT row_key, old_score, new_score FROM read_parquet('${file('sides')}')`);
    expect(written).toEqual([
      { row_key: 'a', old_score: 0.75, new_score: null },
      { row_key: 'b', old_score: null, new_score: 0.25 },
    ]);
  });

  it('are an empty file when nothing was replaced', async () => {
    const counts = await scorer.writeCorrections({ pairs: [], outputPath: file('no-corrections') });
    expect(counts).toEqual({ rowsReplaced: 0, scoresChanged: 0, decisionsChanged: 0 });
    expect(await runSql(`FROM read_parquet('${file('no-corrections')}')`)).toEqual([]);
  });
});

describe('rows of a scored file that other files have', () => {
  it('are taken over as they are, in key order', async () => {
    const columns = [keyColumn, { name: 'score', type: 'FLOAT' }];
    await writeParquet(file('scored'), columns, [
      ['a', 0.1],
      ['b', 0.2],
      ['c', 0.3],
      ['d', 0.4],
    ]);
    await writeParquet(file('keys-1'), columns, [['d', 9]]);
    await writeParquet(file('keys-2'), columns, [
      ['b', 9],
      ['x', 9],
    ]);
    const keyPaths = [file('keys-1'), file('keys-2')];
    expect(await scorer.writeRowsOf({ scoredPath: file('scored'), keyPaths, outputPath: file('kept') })).toBe(2);
    expect(
      await runSql(`SELECT row_key, score::DECIMAL(2,1)::VARCHAR AS score FROM read_parquet('${file('kept')}')`),
    ).toEqual([
      { row_key: 'b', score: '0.2' },
      { row_key: 'd', score: '0.4' },
    ]);
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
