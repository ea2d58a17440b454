import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectPages, type MlflowClient, type Run } from '../src/index.js';
import { openRealServer, startTimeMs } from './real-server.js';

let client: MlflowClient;
let experimentId: string;

beforeAll(async () => {
  ({ client, experimentId } = await openRealServer());
}, 300_000);

describe('the server', () => {
  it('answers a ping with a version this client was written for', async () => {
    expect(await client.server.ping()).toEqual({
      version: expect.stringMatching(/^3\.\d+/) as string,
      isSupported: true,
    });
  });
});

describe('experiments', () => {
  it('are created once by many at once', async () => {
    const name = `many/${randomUUID()}`;
    const found = await Promise.all(Array.from({ length: 12 }, () => client.experiments.getOrCreate(name)));
    expect(new Set(found.map((experiment) => experiment.experimentId)).size).toBe(1);
    expect(await client.experiments.getByName(`${name}/other`)).toBeNull();
  });
});

describe('runs', () => {
  it('carry name, tags, parameters and metrics, NaN included', async () => {
    const { runId } = await newRun({ runName: 'first', tags: { 'team.name': 'ops' } });
    const metrics = [
      { key: 'auc', value: 0.7, timestampMs: startTimeMs, step: 0 },
      { key: 'auc', value: 0.75, timestampMs: startTimeMs, step: 1 },
      { key: 'gap', value: NaN, timestampMs: startTimeMs },
    ];
    await client.runs.logBatch(runId, { metrics, params: { trees: '150' }, tags: { stage: 'test' } });
    await client.runs.setTag(runId, 'stage', 'done');
    await client.runs.update({ runId, status: 'FINISHED', endTimeMs: startTimeMs + 1 });
    expect(await client.runs.get(runId)).toMatchObject({
      runName: 'first',
      experimentId,
      status: 'FINISHED',
      startTimeMs,
      endTimeMs: startTimeMs + 1,
      params: { trees: '150' },
      tags: { 'team.name': 'ops', stage: 'done' },
      metrics: { auc: { value: 0.75, step: 1 }, gap: { value: NaN } },
    });
  });

  it('take a batch of several thousand points twice without doubling one', async () => {
    const { runId } = await newRun();
    const metrics = Array.from({ length: 2100 }, (_, step) => ({
      key: 'loss',
      value: step,
      timestampMs: startTimeMs,
      step,
    }));
    const params = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`p${String(index)}`, 'x']));
    await client.runs.logBatch(runId, { metrics, params });
    await client.runs.logBatch(runId, { metrics, params });
    const run = await client.runs.get(runId);
    expect(Object.keys(run.params)).toHaveLength(120);
    expect(run.metrics['loss']).toEqual({ value: 2099, step: 2099, timestampMs: startTimeMs });
    const history = await fetch(
      `${client.baseUrl}/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=loss&max_results=5000`,
    );
    expect(((await history.json()) as { metrics: unknown[] }).metrics).toHaveLength(2100);
  });

  it('refuse another value for a parameter', async () => {
    const { runId } = await newRun();
    await client.runs.logBatch(runId, { params: { trees: '150' } });
    const other = client.runs.logBatch(runId, { params: { trees: '151' } });
    await expect(other).rejects.toMatchObject({ kind: 'bad-request', errorCode: 'INVALID_PARAMETER_VALUE' });
  });

  it('are created once for a key, whatever characters it has', async () => {
    for (const key of [`retrain/${randomUUID()}`, `it's ${randomUUID()}`]) {
      const first = await client.runs.createOnce(key, { experimentId, startTimeMs });
      const again = await client.runs.createOnce(key, { experimentId, startTimeMs: startTimeMs + 5 });
      expect(again.runId).toBe(first.runId);
      expect(first.tags['idempotency.key']).toBe(key);
    }
  });

  it('are found page by page', async () => {
    const tag = randomUUID();
    const created = await Promise.all(Array.from({ length: 5 }, () => newRun({ tags: { tag } })));
    const found = await collectPages((pageToken) =>
      client.runs.search({ experimentIds: [experimentId], filter: `tags.tag = '${tag}'`, maxResults: 2, pageToken }),
    );
    expect(found.map((run) => run.runId).sort()).toEqual(created.map((run) => run.runId).sort());
  });

  it('record datasets and models, and count a repeat as done', async () => {
    const run = await newRun();
    const model = await client.loggedModels.create({ experimentId, name: 'flights', sourceRunId: run.runId });
    const dataset = {
      name: 'flights',
      digest: 'ab'.repeat(16),
      sourceType: 'local',
      source: '{"uri":"x"}',
      context: 'training',
    };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await client.runs.logInputs(run.runId, [dataset]);
      await client.runs.logOutputs(run.runId, [{ modelId: model.modelId, step: 0 }]);
    }
    const found = await client.runs.get(run.runId);
    expect(found.modelIds).toEqual([model.modelId]);
    expect(found.datasets).toEqual([
      {
        name: 'flights',
        digest: 'ab'.repeat(16),
        sourceType: 'local',
        source: '{"uri":"x"}',
        schema: null,
        profile: null,
        tags: { 'mlflow.data.context': 'training' },
      },
    ]);
  });

  it('that do not exist are not found', async () => {
    const missing = client.runs.get('0'.repeat(32));
    await expect(missing).rejects.toMatchObject({
      kind: 'not-found',
      status: 404,
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    });
  });
});

describe('artifacts', () => {
  it('come back byte for byte, from memory and from a file, with their sha256', async () => {
    const { artifactUri } = await newRun();
    const bytes = randomBytes(3_000_001);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const folder = await mkdtemp(join(tmpdir(), 'mlflow-client-'));
    await writeFile(join(folder, 'big.bin'), bytes);
    const stored = await client.artifacts.putFile(artifactUri, 'a b/big?1.bin', join(folder, 'big.bin'));
    await rm(folder, { recursive: true });
    expect(stored).toEqual({ path: 'a b/big?1.bin', sizeBytes: bytes.length, sha256 });
    const read = await client.artifacts.get(artifactUri, 'a b/big?1.bin', { expectedSha256: sha256 });
    expect(bytes.equals(read)).toBe(true);
    expect(await client.artifacts.put(artifactUri, 'empty.txt', '')).toMatchObject({ sizeBytes: 0 });
    expect(await client.artifacts.list(artifactUri)).toEqual([
      { name: 'a b', isFolder: true, sizeBytes: null },
      { name: 'empty.txt', isFolder: false, sizeBytes: 0 },
    ]);
    expect(await client.artifacts.list(artifactUri, 'a b')).toEqual([
      { name: 'big?1.bin', isFolder: false, sizeBytes: 3_000_001 },
    ]);
  });

  it('with another sha256 than expected are refused', async () => {
    const { artifactUri } = await newRun();
    await client.artifacts.put(artifactUri, 'x.txt', 'x');
    const read = client.artifacts.get(artifactUri, 'x.txt', { expectedSha256: '0'.repeat(64) });
    await expect(read).rejects.toMatchObject({ kind: 'integrity' });
  });

  it('that are missing are not found, and a missing folder is empty', async () => {
    const { artifactUri } = await newRun();
    await expect(client.artifacts.get(artifactUri, 'nothing/here.txt')).rejects.toMatchObject({ kind: 'not-found' });
    expect(await client.artifacts.list(artifactUri, 'nothing')).toEqual([]);
  });
});

function newRun(changes: { runName?: string; tags?: Record<string, string> } = {}): Promise<Run> {
  return client.runs.create({ experimentId, startTimeMs, ...changes });
}
