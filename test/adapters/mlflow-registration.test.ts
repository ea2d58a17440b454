import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMlflowClient, type MlflowClient } from 'mlflow-ts-client';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../activities/ports/registry.js';
import { createMlflowRegistry, registryOn } from '../../adapters/mlflow/mlflow-registry.js';
import { testMlflow } from '../support/servers.js';
import { exampleRows, makeBundle, registrationOf, runFixture, runOf, scoreLocally } from './mlflow-registry-fixture.js';

interface SeenByPython {
  readonly scores: number[];
  readonly shuffled: number[];
  readonly float32: number[];
  readonly outputs: string[];
  readonly inputs: { type: string; name: string }[];
  readonly example: { columns: string[]; data: number[][] };
  readonly requirements: string[];
  readonly flavors: string[];
  readonly runId: string;
  readonly modelId: string;
  readonly created: string;
  readonly metadata: Record<string, unknown>;
  readonly onnxCheck: string;
}

let url: string;
let registry: Registry;
let client: MlflowClient;
let modelDir: string;

beforeAll(async () => {
  ({ url } = await testMlflow());
  registry = createMlflowRegistry({ trackingUri: url });
  client = createMlflowClient({ trackingUri: url, keyTag: 'gauntlet.key' });
  modelDir = await makeBundle();
}, 300_000);

describe('registering a version', () => {
  it("gives MLflow's own Python client a model that predicts what ONNX Runtime predicts here", async () => {
    const request = registrationOf(modelDir);
    const { version, runId, modelId } = await registry.registerModel(request);
    await registry.setAlias(request.registeredName, 'champion', version);

    const expected = await scoreLocally(modelDir, exampleRows);
    const columns = request.features.features.map((feature) => feature.name);
    const printed = await runFixture(
      ['read', url, request.registeredName],
      JSON.stringify({ columns, data: exampleRows }),
    );
    const seen = JSON.parse(printed) as SeenByPython;
    for (const scores of [seen.scores, seen.shuffled, seen.float32]) {
      expect(scores).toHaveLength(expected.length);
      scores.forEach((score, row) => expect(Math.abs(score - (expected[row] as number))).toBeLessThanOrEqual(1e-6));
    }
    expect(new Set(expected).size).toBe(expected.length);
    expect(seen).toMatchObject({
      runId,
      modelId,
      outputs: ['score'],
      flavors: ['onnx', 'python_function'],
      onnxCheck: 'tiny',
    });
    expect(seen.created).toBe('2001-03-05 06:00:00.000000');
    expect(seen.inputs.map(({ type, name }) => [type, name])).toEqual(columns.map((name) => ['double', name]));
    expect(seen.example).toMatchObject({ columns, data: exampleRows });
    expect(seen.requirements).toEqual(['mlflow==3.17.0', 'onnx==1.23.2', 'onnxruntime==1.31.1']);
    expect(seen.metadata).toMatchObject({
      model_digest: request.modelDigest,
      definition_digest: request.definitionDigest,
    });
  });

  it('records the lineage: run, parameters, metrics on run and model, dataset with its whole digest', async () => {
    const parent = await registry.startRun({ ...runOf('retrain'), pipeline: 'lineage' });
    const request = registrationOf(modelDir, { pipeline: 'lineage', parentRunId: parent.runId });
    const { runId, modelId, artifactSha256, version } = await registry.registerModel(request);

    const run = await client.runs.get(runId);
    expect(run.status).toBe('FINISHED');
    expect(run.params).toEqual({ trees: '150', learningRate: '0.1', objective: 'binary' });
    expect(run.metrics['auc']).toEqual({ value: 0.713, step: 0, timestampMs: Date.parse(request.at) });
    expect(run.tags['mlflow.parentRunId']).toBe(parent.runId);
    expect(run.modelIds).toEqual([modelId]);
    expect(run.datasets).toHaveLength(1);
    expect(run.datasets[0]).toMatchObject({
      name: 'flights-training',
      digest: 'c3'.repeat(16),
      tags: { 'mlflow.data.context': 'training' },
    });
    expect(JSON.parse(run.datasets[0]?.profile ?? '')).toMatchObject({ rows: 500_000, sha256: 'c3'.repeat(32) });
    const model = await client.loggedModels.get(modelId);
    expect(model.status).toBe('LOGGED_MODEL_READY');
    expect(model.metrics.map((metric) => metric.key).sort()).toEqual(['auc', 'logLoss']);
    expect(artifactSha256).toBe(await sha256(join(modelDir, 'model.onnx')));
    expect(await registry.getVersion(request.registeredName, version)).toMatchObject({
      version,
      runId,
      modelId,
      modelDigest: request.modelDigest,
      aliases: [],
      tags: { 'training.window': '2001-01-01/2001-01-29', 'gauntlet.artifact_sha256': artifactSha256 },
    });
  });

  it('uploads every file of the bundle beside those that MLflow needs', async () => {
    const { modelId } = await registry.registerModel(registrationOf(modelDir));
    const { artifactUri } = await client.loggedModels.get(modelId);
    const names = (await client.artifacts.list(artifactUri)).map((entry) => entry.name);
    expect(names.sort()).toEqual([
      'MLmodel',
      'conda.yaml',
      'dictionary.json',
      'features.json',
      'input_example.json',
      'manifest.json',
      'model.onnx',
      'python_env.yaml',
      'requirements.txt',
      'serving_input_example.json',
    ]);
    const manifest = await client.artifacts.get(artifactUri, 'manifest.json');
    expect(Buffer.from(manifest).toString()).toBe('{"schemaVersion":1}');
  });

  it('gives the same version for the same key', async () => {
    const request = registrationOf(modelDir);
    const first = await registry.registerModel(request);
    expect(await registry.registerModel(request)).toEqual(first);
    expect(await versionsOf(request.registeredName)).toEqual(['1']);
  });

  it('gives one answer to registrations with the same key at the same time, or fails so that a retry cures it', async () => {
    const request = registrationOf(modelDir);
    const raced = await Promise.allSettled([1, 2, 3].map(() => registry.registerModel(request)));
    const winner = await registry.registerModel(request);
    expect(winner.version).toBe('1');
    for (const outcome of raced) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(winner);
      else expect(outcome.reason).not.toHaveProperty('type');
    }
    expect((await client.runs.get(winner.runId)).modelIds).toContain(winner.modelId);
  });

  it('refuses a key that already stands for another model', async () => {
    const request = registrationOf(modelDir);
    await registry.registerModel(request);
    const other = registry.registerModel({ ...request, modelDigest: 'b2'.repeat(32) });
    await expect(other).rejects.toMatchObject({ name: 'PermanentFailure', type: 'REGISTRY_MISMATCH' });
    await expect(other).rejects.toThrow(/gauntlet\.model_digest: found a1a1.*expected b2b2/);
  });

  it('refuses a folder without a model before it writes anything', async () => {
    const request = registrationOf(join(modelDir, 'nothing-here'));
    await expect(registry.registerModel(request)).rejects.toMatchObject({ type: 'MODEL_MISSING' });
    const experiment = await client.experiments.getOrCreate(`gauntlet/${request.pipeline}`);
    expect((await client.runs.search({ experimentIds: [experiment.experimentId] })).items).toEqual([]);
    expect(await client.registeredModels.get(request.registeredName)).toBeNull();
  });

  it('is complete with one version, wherever the attempt before it was killed', async () => {
    const steps = await countCalls(registrationOf(modelDir));
    expect(steps).toBeGreaterThan(15);
    for (let step = 1; step <= steps; step += 1) {
      const request = registrationOf(modelDir);
      const killed = registryOn(killedAfter(step).client, url).registerModel(request);
      await expect(killed).rejects.toThrow('killed');
      const { version, runId, modelId } = await registry.registerModel(request);
      expect([step, version, await versionsOf(request.registeredName)]).toEqual([step, '1', ['1']]);
      expect([step, (await client.loggedModels.get(modelId)).status]).toEqual([step, 'LOGGED_MODEL_READY']);
      const run = await client.runs.get(runId);
      expect([step, run.status, run.modelIds, run.datasets.length]).toEqual([step, 'FINISHED', [modelId], 1]);
      const runs = await client.runs.search({ experimentIds: [run.experimentId] });
      expect([step, runs.items.length]).toEqual([step, 1]);
    }
  }, 180_000);
});

async function versionsOf(name: string): Promise<string[]> {
  const found = await client.modelVersions.search({ filter: `name = '${name}'` });
  return found.items.map((item) => item.version);
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function countCalls(request: ReturnType<typeof registrationOf>): Promise<number> {
  const counting = killedAfter(Infinity);
  await registryOn(counting.client, url).registerModel(request);
  return counting.calls();
}

/** A client whose process dies after the effect of the given call: the answer is lost, and so is everything after. */
function killedAfter(step: number): { client: MlflowClient; calls: () => number } {
  let calls = 0;
  const wrap = <T extends object>(api: T): T =>
    new Proxy(api, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          if (calls >= step) throw new Error('killed');
          calls += 1;
          const isLast = calls === step;
          const answer = await (member as (...given: unknown[]) => Promise<unknown>)(...args);
          if (isLast) throw new Error('killed');
          return answer;
        };
      },
    });
  const { experiments, runs, loggedModels, registeredModels, modelVersions, artifacts } = client;
  const wrapped: MlflowClient = {
    ...client,
    experiments: wrap(experiments),
    runs: wrap(runs),
    loggedModels: wrap(loggedModels),
    registeredModels: wrap(registeredModels),
    modelVersions: wrap(modelVersions),
    artifacts: wrap(artifacts),
  };
  return { client: wrapped, calls: () => calls };
}
