import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedPredictions } from '../../cli/prediction-versions.js';
import { registerPredictions } from '../../cli/predictions.js';
import type { WrittenInputs } from '../../cli/write-inputs.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, expectedScore, rowsOf, rowsPerDay, storyPipeline } from '../support/cli-story.js';
import { runSql } from '../support/parquet.js';
import { testPython } from '../support/servers.js';

const run = promisify(execFile);

describe('gauntlet predictions', () => {
  let story: CliStory;
  let env: Record<string, string>;
  beforeAll(async () => {
    story = await CliStory.lived();
    env = { GAUNTLET_STATE_DIR: story.stateDir };
  });
  afterAll(() => story.remove());
  const ask = (...args: string[]) =>
    runJson<ServedPredictions>(registerPredictions, ['predictions', storyPipeline, ...args], env);

  it('lists every version with its operation, and the live files of the newest', async () => {
    const served = await ask();
    expect(served.versions.map(({ version, operation }) => [version, operation])).toEqual([
      [2, 'rollback'],
      [1, 'publish'],
      [0, 'publish'],
    ]);
    expect(served.files.map(({ window, model, rows }) => [window, model, rows])).toEqual([
      ['2001-03-06', 'v1', rowsPerDay],
      ['2001-03-05', 'v1', rowsPerDay],
    ]);
  });

  it('travels to what was served at an earlier version', async () => {
    const served = await ask('--version', '1', '--window', '2001-03-06');
    expect(served.files.map(({ model }) => model)).toEqual(['v2']);
    expect(served.queries.polars).toContain('version=1');
  });

  it('gives a query over the live files that any DuckDB can run', async () => {
    const { queries } = await ask();
    const rows = await runSql(queries.duckdbFiles ?? '');
    const positives = (day: string) => rowsOf(day).filter((row) => expectedScore(row, 0) >= 0.5).length;
    expect(rows).toMatchObject([
      { window: '2001-03-05', rows: rowsPerDay, positives: positives('2001-03-05') },
      { window: '2001-03-06', rows: rowsPerDay, positives: positives('2001-03-06') },
    ]);
  });

  it('gives Python queries that Polars and deltalake run as they are, at an earlier version too', async () => {
    const { queries } = await ask('--version', '1', '--window', '2001-03-06');
    const expected = rowsOf('2001-03-06').map((row) => expectedScore(row, -0.5));
    const mean = expected.reduce((sum, score) => sum + score, 0) / rowsPerDay;
    for (const query of [queries.polars, queries.deltalake]) {
      const script = `${query}\nprint("MEAN", len(served), float(served["score"].mean()))`;
      const { stdout } = await run(await testPython(), ['-c', script]);
      const [, rows, score] = /MEAN (\d+) ([\d.]+)/.exec(stdout) ?? [];
      expect(Number(rows)).toBe(rowsPerDay);
      expect(Number(score)).toBeCloseTo(mean, 6);
    }
  });

  it('gives a DuckDB query that is valid Python, with and without a window', async () => {
    for (const args of [[], ['--window', '2001-03-06']]) {
      const { queries } = await ask(...args);
      await run(await testPython(), ['-c', `import ast, sys; ast.parse(sys.argv[1])`, queries.duckdb]);
    }
  });

  it('prints versions, files and queries for people, and says where a list was cut', async () => {
    const { stdout } = await runVerb(registerPredictions, ['predictions', storyPipeline, '--limit', '1'], env);
    expect(stdout).toContain('story: version 2 of 2: 24 rows in 2 live files');
    expect(stdout).toContain('Versions (the newest 1 of 3; --limit 3 shows all)');
    expect(stdout).toContain('pl.scan_delta(');
    expect(stdout).toContain('delta_scan(');
    expect(stdout).toContain('--window 2001-03-06');
  });

  it.each([
    [['--window', '2001-04-01'], '--window: found "2001-04-01"'],
    [['--window', 'monday'], '--window: found "monday"'],
    [['--version', '7'], 'version: found 7'],
    [['--version', '-x'], '--version: found "-x"'],
    [['--inputs', 'inputs.csv'], 'a file name ending in .parquet'],
    [['--inputs', '/no/such/folder/inputs.parquet'], 'a folder that exists'],
  ])('refuses %j', async (args, said) => {
    const { exitCode, stderr } = await runVerb(registerPredictions, ['predictions', storyPipeline, ...args], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
  });

  it('writes inputs from which the model that served predicts what was published', async () => {
    const file = path.join(story.stateDir, 'inputs.parquet');
    const args = ['predictions', storyPipeline, '--version', '1', '--window', '2001-03-06', '--inputs', file];
    const written = await runJson<WrittenInputs>(registerPredictions, args, env);
    expect(written).toMatchObject({
      inputs: file,
      rows: rowsPerDay,
      features: ['month', 'distance', 'origin'],
      window: '2001-03-06',
      modelVersion: '2',
      registeredName: storyPipeline,
      modelDigest: story.model(1).modelDigest,
      snapshotDigest: story.snapshot('2001-03-06'),
    });
    const columns = await runSql(`DESCRIBE SELECT * FROM '${file}'`);
    expect(columns.map(({ column_name: name, column_type: type }) => [name, type])).toEqual([
      ['row_key', 'VARCHAR'],
      ['month', 'FLOAT'],
      ['distance', 'FLOAT'],
      ['origin', 'FLOAT'],
    ]);
    const inputs = await runSql(`SELECT * FROM '${file}'`);
    const published = await runSql(`SELECT row_key, score FROM '${written.served[0] ?? ''}'`);
    const scores = await predict(story, written.modelDigest, inputs);
    const served = new Map(published.map((row) => [row['row_key'], Number(row['score'])]));
    const differences = inputs.map((row, index) =>
      Math.abs((served.get(row['row_key']) ?? NaN) - (scores[index] ?? NaN)),
    );
    expect(differences).toHaveLength(rowsPerDay);
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });

  it('takes the newest window for the inputs when none is named', async () => {
    const file = path.join(story.stateDir, 'newest.parquet');
    const written = await runJson<WrittenInputs>(
      registerPredictions,
      ['predictions', storyPipeline, '--inputs', file],
      env,
    );
    expect(written).toMatchObject({ window: '2001-03-06', modelVersion: '1', tableVersion: 2 });
  });

  it('says that nothing is published yet', async () => {
    const empty = await CliStory.create();
    await empty.register(0);
    const { stdout, exitCode } = await runVerb(registerPredictions, ['predictions', storyPipeline], {
      GAUNTLET_STATE_DIR: empty.stateDir,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('has published nothing yet');
    await empty.remove();
  });
});

/** Straight ONNX Runtime over the encoded columns, without any code of ours. */
async function predict(
  story: CliStory,
  modelDigest: string,
  inputs: readonly Record<string, unknown>[],
): Promise<readonly number[]> {
  const session = await InferenceSession.create(await story.store.localPath(`models/${modelDigest}/model.onnx`));
  const values = inputs.flatMap((row) => [row['month'], row['distance'], row['origin']].map(Number));
  const outputs = await session.run({ x: new Tensor('float32', Float32Array.from(values), [inputs.length, 3]) });
  await session.release();
  return Array.from(outputs['score']?.data as Float32Array);
}
