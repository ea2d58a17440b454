import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPipeline } from '../../activities/verify/verify-pipeline.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { ParquetRowCounter } from '../../adapters/delta/parquet-row-counter.js';
import type { ScoreResult } from '../../workflows/api.js';
import { LiveStack, slowMs } from '../support/live-stack.js';
import { makeTestBucket } from '../support/s3-bucket.js';
import { openTestHost, type TestHost } from '../support/s3-host.js';
import { writeScriptedPipelines } from '../support/scripted-pipelines.js';

const pipeline = 'flights-undone';

describe('a pipeline whose store is a bucket', { timeout: slowMs }, () => {
  let folder: string;
  let stack: LiveStack;
  /** Another host: it has the location, and nothing that the worker left on its disk. */
  let host: TestHost;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-bucket-'));
    await writeScriptedPipelines(folder);
    const bucket = await makeTestBucket();
    const location = `s3://${bucket.name}/store`;
    stack = await LiveStack.open({ env: { GAUNTLET_PIPELINES: folder, GAUNTLET_STORE: location } });
    host = await openTestHost(location);
  }, slowMs);

  afterAll(async () => {
    await host.close();
    await stack.close();
    await rm(folder, { recursive: true });
  }, slowMs);

  it('is trained, promoted and scored, by a second worker too, and another host finds it clean', async () => {
    await stack.run('retrain', { pipeline, promote: false, reason: 'the first' });
    expect((await stack.promote({ pipeline, bootstrap: true })).status).toBe('promoted');
    const first = await stack.run<ScoreResult>('score', { pipeline, window: '2001-03-01' });
    // With an empty work folder it is a worker on another host.
    await stack.restartWorker({ GAUNTLET_WORK_DIR: path.join(folder, 'other-work') });
    const second = await stack.run<ScoreResult>('score', { pipeline, window: '2001-03-02' });
    expect([first.status, second.status]).toEqual(['published', 'published']);

    const table = new DeltaPredictionTable(host.store);
    const { files } = await table.load(pipeline, 'predictions');
    expect(files.map(({ window }) => window).sort()).toEqual(['2001-03-01', '2001-03-02']);
    const rowCounter = new ParquetRowCounter(path.join(host.workDir, 'spill'));
    const checks = await verifyPipeline({ store: host.store, table, rowCounter, pipeline });
    expect(checks.flatMap(({ name, problems }) => problems.map((problem) => ({ name, problem })))).toEqual([]);
    expect(await readdir(stack.stateDir)).not.toContain('store');
  });
});
