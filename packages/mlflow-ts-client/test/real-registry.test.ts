import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoggedModel, MlflowClient, Run } from '../src/index.js';
import { openRealServer, startTimeMs } from './real-server.js';

let client: MlflowClient;
let experimentId: string;

beforeAll(async () => {
  ({ client, experimentId } = await openRealServer());
}, 300_000);

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

function newRun(): Promise<Run> {
  return client.runs.create({ experimentId, startTimeMs });
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
