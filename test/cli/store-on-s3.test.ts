import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerDoctor } from '../../cli/doctor.js';
import type { DoctorCheck } from '../../cli/doctor-checks.js';
import type { ServedPredictions } from '../../cli/prediction-versions.js';
import { registerPredictions } from '../../cli/predictions.js';
import { registerReset } from '../../cli/reset.js';
import { registerStatus } from '../../cli/status.js';
import { registerVerify } from '../../cli/verify.js';
import type { WrittenInputs } from '../../cli/write-inputs.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, expectedScore, rowsOf, rowsPerDay, storyPipeline } from '../support/cli-story.js';
import { makeTestBucket } from '../support/s3-bucket.js';
import { testPython } from '../support/servers.js';

const run = promisify(execFile);

/** A pipeline's life in a bucket: the same files, looked at by another host that has nothing but the location. */
describe('commands on a store in a bucket', () => {
  let story: CliStory;
  let stateDir: string;
  let location: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    story = await CliStory.lived();
    const bucket = await makeTestBucket();
    location = `s3://${bucket.name}/forecasts`;
    const files = (await readdir(story.store.root, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && !entry.parentPath.endsWith('.staging'),
    );
    for (const entry of files) {
      const file = path.join(entry.parentPath, entry.name);
      const Key = `forecasts/${path.relative(story.store.root, file)}`;
      await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: await readFile(file) }));
    }
    stateDir = await mkdtemp(path.join(tmpdir(), 'gauntlet-other-host-'));
    env = {
      GAUNTLET_STATE_DIR: stateDir,
      GAUNTLET_STORE: location,
      GAUNTLET_S3_ENDPOINT: bucket.connection.endpoint ?? '',
    };
  });

  afterAll(async () => {
    await rm(stateDir, { recursive: true });
    await story.remove();
  });

  it('verify it without a server', async () => {
    const { exitCode, stdout } = await runVerb(registerVerify, ['verify', storyPipeline], env);
    expect(stdout).toContain('every file of predictions/story is there with its hash and rows');
    expect(exitCode).toBe(0);
  });

  it('tell its state', async () => {
    const { stdout, exitCode } = await runVerb(registerStatus, ['status', storyPipeline], env);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('champion');
  });

  it('give Python queries that run as they are, with the address and the service', async () => {
    const args = ['predictions', storyPipeline, '--version', '1', '--window', '2001-03-06'];
    const { queries, folder, files } = await runJson<ServedPredictions>(registerPredictions, args, env);
    expect(folder).toBe(`${location}/predictions/${storyPipeline}`);
    expect(files.every((file) => file.path.startsWith(`${folder}/window=`))).toBe(true);
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

  it('give DuckDB the same access, without a secret in sight', async () => {
    const { queries } = await runJson<ServedPredictions>(registerPredictions, ['predictions', storyPipeline], env);
    const { host: authority } = new URL(env['GAUNTLET_S3_ENDPOINT'] ?? '');
    for (const query of [queries.duckdb, queries.duckdbFiles ?? '']) {
      expect(query).toContain(
        `(TYPE s3, PROVIDER credential_chain, REGION 'us-east-1', ENDPOINT '${authority}', URL_STYLE 'path', USE_SSL false)`,
      );
      expect(query).not.toContain(process.env['AWS_SECRET_ACCESS_KEY'] ?? 'no secret was set');
    }
    await run(await testPython(), ['-c', 'import ast, sys; ast.parse(sys.argv[1])', queries.duckdb]);
  });

  it('write inputs from snapshots and models that lie in the bucket', async () => {
    const file = path.join(story.stateDir, 'inputs.parquet');
    const args = ['predictions', storyPipeline, '--window', '2001-03-06', '--inputs', file];
    const written = await runJson<WrittenInputs>(registerPredictions, args, env);
    expect(written).toMatchObject({ inputs: file, rows: rowsPerDay });
    expect(written.served.every((file) => file.startsWith(location))).toBe(true);
  });

  it('find its identity, and say what is wrong with another place', async () => {
    const storeLine = async (store: string): Promise<DoctorCheck | undefined> => {
      const answer = await runJson<{ checks: DoctorCheck[] }>(registerDoctor, ['doctor'], {
        ...env,
        GAUNTLET_STORE: store,
      });
      return answer.checks.find(({ name }) => name === 'Store');
    };
    expect(await storeLine(location)).toMatchObject({
      status: 'ok',
      found: `${story.store.identity} at ${location}, schema version 1`,
    });
    expect(await storeLine(`${location}/nothing`)).toMatchObject({ status: 'ok', advice: null });
    expect(await storeLine('s3://no-such-bucket-here')).toMatchObject({
      status: 'missing',
      found: 's3://no-such-bucket-here cannot be used: bucket: NoSuchBucket: no-such-bucket-here',
    });
  });

  it('leave it alone when the state folder is emptied', async () => {
    await writeFile(path.join(stateDir, 'temporal.db'), '');
    const { stdout } = await runVerb(registerReset, ['reset', '--yes'], env);
    expect(stdout).toContain(`The store at ${location} lies outside the state folder and was left alone.`);
    expect(await runVerb(registerVerify, ['verify', storyPipeline], env)).toMatchObject({ exitCode: 0 });
  });
});
