import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { testMlflow } from '../../../test/support/servers.js';
import { collectPages, createMlflowClient, type LoggedModel, type MlflowClient, type Run } from '../src/index.js';

const startTimeMs = Date.parse('2001-03-05T06:00:00Z');

let client: MlflowClient;
let experimentId: string;

beforeAll(async () => {
  const { url } = await testMlflow();
  client = createMlflowClient({ trackingUri: url });
  ({ experimentId } = await client.experiments.getOrCreate(`client/${randomUUID()}`));
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
    const model = await newModel(run);
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

describe('logged models', () => {
  it('are created once for a key, finalized, tagged and found', async () => {
    const run = await newRun();
    const key = randomUUID();
    const input = { experimentId, name: 'flights', sourceRunId: run.runId, params: { trees: '150' } };
    const first = await client.loggedModels.createOnce(key, input);
    expect((await client.loggedModels.createOnce(key, input)).modelId).toBe(first.modelId);
    expect(first.status).toBe('LOGGED_MODEL_PENDING');
    expect((await client.loggedModels.finalize(first.modelId, 'READY')).status).toBe('LOGGED_MODEL_READY');
    await client.loggedModels.setTags(first.modelId, { digest: 'abc' });
    const metrics = [{ key: 'auc', value: 0.7, timestampMs: startTimeMs, modelId: first.modelId }];
    await client.runs.logBatch(run.runId, { metrics });
    const { items } = await client.loggedModels.search({
      experimentIds: [experimentId],
      filter: "tags.digest = 'abc'",
    });
    expect(items.map((model) => model.modelId)).toEqual([first.modelId]);
    expect(await client.loggedModels.get(first.modelId)).toMatchObject({
      sourceRunId: run.runId,
      params: { trees: '150' },
      tags: { digest: 'abc' },
      metrics: [{ key: 'auc', value: 0.7, runId: run.runId, datasetName: null, datasetDigest: null }],
    });
  });
});

describe('the registry', () => {
  it('creates a registered model once by many at once, describes and tags it', async () => {
    const name = newName();
    expect(await client.registeredModels.get(name)).toBeNull();
    await Promise.all(
      Array.from({ length: 8 }, () => client.registeredModels.getOrCreate(name, { tags: { team: 'ops' } })),
    );
    await client.registeredModels.update(name, '# Flights');
    await client.registeredModels.setTag(name, 'extra', 'yes');
    await client.registeredModels.setTag(name, 'extra', 'again');
    await client.registeredModels.deleteTag(name, 'team');
    await client.registeredModels.deleteTag(name, 'team');
    expect(await client.registeredModels.get(name)).toEqual({
      name,
      description: '# Flights',
      tags: { extra: 'again' },
      aliases: {},
    });
  });

  it('creates a version once for a key and names its run and model', async () => {
    const { name, run, model } = await newRegistered();
    const input = { name, modelId: model.modelId, runId: run.runId, tags: { verdict: 'pass' }, description: 'One.' };
    const first = await client.modelVersions.createOnce('key/1', input);
    expect(await client.modelVersions.createOnce('key/1', input)).toEqual(first);
    expect((await client.modelVersions.createOnce('key/2', input)).version).toBe('2');
    await client.modelVersions.setTag(name, '1', 'verdict', 'fail');
    expect(await client.modelVersions.get(name, '1')).toMatchObject({
      version: '1',
      runId: run.runId,
      modelId: model.modelId,
      status: 'READY',
      description: 'One.',
      aliases: [],
      tags: { verdict: 'fail', 'idempotency.key': 'key/1' },
    });
    expect(await client.modelVersions.get(name, '3')).toBeNull();
  });

  it('lets the lowest version win when two have the same key', async () => {
    const { name, run, model } = await newRegistered();
    const input = { name, modelId: model.modelId, runId: run.runId, tags: { 'idempotency.key': 'raced' } };
    await client.modelVersions.create({ ...input, tags: {} });
    for (let copy = 0; copy < 10; copy += 1) await client.modelVersions.create(input);
    expect((await client.modelVersions.createOnce('raced', input)).version).toBe('2');
  });

  it('gives the same version to many that create it with one key at once', async () => {
    const { name, run, model } = await newRegistered();
    const input = { name, modelId: model.modelId, runId: run.runId };
    const all = await Promise.all(Array.from({ length: 5 }, () => client.modelVersions.createOnce('at once', input)));
    const last = await client.modelVersions.createOnce('at once', input);
    expect(new Set(all.map((found) => found.version))).toEqual(new Set([last.version]));
  });

  it('reads an absent alias, model or version as null', async () => {
    const { name, run, model } = await newRegistered();
    expect(await client.aliases.get(name, 'champion')).toBeNull();
    expect(await client.aliases.get(newName(), 'champion')).toBeNull();
    await client.modelVersions.create({ name, modelId: model.modelId, runId: run.runId });
    await client.aliases.set(name, 'champion', '1');
    await fetch(`${client.baseUrl}/api/2.0/mlflow/model-versions/delete`, {
      method: 'DELETE',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, version: '1' }),
    });
    expect(await client.aliases.get(name, 'champion')).toBeNull();
  });

  it('sets an alias, reads it back, says what it replaced, and deletes it twice', async () => {
    const { name, run, model } = await newRegistered();
    for (let copy = 0; copy < 2; copy += 1)
      await client.modelVersions.create({ name, modelId: model.modelId, runId: run.runId });
    expect(await client.aliases.setVerified(name, 'champion', '1')).toEqual({ previous: null });
    expect(await client.aliases.setVerified(name, 'champion', '2')).toEqual({ previous: '1' });
    expect(await client.aliases.get(name, 'champion')).toMatchObject({ version: '2', aliases: ['champion'] });
    expect(await client.registeredModels.get(name)).toMatchObject({ aliases: { champion: '2' } });
    await client.aliases.delete(name, 'champion');
    await client.aliases.delete(name, 'champion');
    expect(await client.aliases.get(name, 'champion')).toBeNull();
  });
});

function newRun(changes: { runName?: string; tags?: Record<string, string> } = {}): Promise<Run> {
  return client.runs.create({ experimentId, startTimeMs, ...changes });
}

function newModel(run: Run): Promise<LoggedModel> {
  return client.loggedModels.create({ experimentId, name: 'flights', sourceRunId: run.runId });
}

function newName(): string {
  return `client-${randomUUID()}`;
}

async function newRegistered(): Promise<{ name: string; run: Run; model: LoggedModel }> {
  const run = await newRun();
  const model = await newModel(run);
  const { name } = await client.registeredModels.getOrCreate(newName());
  return { name, run, model };
}
