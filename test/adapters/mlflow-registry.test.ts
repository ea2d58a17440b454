import { createMlflowClient, type MlflowClient } from 'mlflow-ts-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { anchorTag } from '../../adapters/anchor/anchor-tag.js';
import type { Registry } from '../../activities/ports/registry.js';
import { createMlflowRegistry } from '../../adapters/mlflow/mlflow-registry.js';
import { testMlflow } from '../support/servers.js';
import { makeBundle, registrationOf, runOf } from './mlflow-registry-fixture.js';

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

describe('aliases and version tags', () => {
  it('reads an alias that nobody set as null', async () => {
    const request = registrationOf(modelDir);
    expect(await registry.getAlias(request.registeredName, 'champion')).toBeNull();
    await registry.registerModel(request);
    expect(await registry.getAlias(request.registeredName, 'champion')).toBeNull();
    expect(await registry.getVersion(request.registeredName, '2')).toBeNull();
  });

  it('moves an alias, reads it back and says what it replaced', async () => {
    const request = registrationOf(modelDir);
    await registry.registerModel(request);
    await registry.registerModel({ ...request, key: `${request.key}/second` });
    const name = request.registeredName;
    expect(await registry.setAlias(name, 'champion', '1')).toEqual({ previousVersion: null });
    expect(await registry.setAlias(name, 'champion', '2')).toEqual({ previousVersion: '1' });
    expect(await registry.setAlias(name, 'champion', '2')).toEqual({ previousVersion: '2' });
    expect(await registry.getAlias(name, 'champion')).toEqual({ version: '2' });
  });

  it('refuses an alias for a version that does not exist, permanently', async () => {
    const request = registrationOf(modelDir);
    await registry.registerModel(request);
    const set = registry.setAlias(request.registeredName, 'champion', '7');
    await expect(set).rejects.toMatchObject({ type: 'REGISTRY_REFUSED' });
  });

  it('tags a version and describes its model', async () => {
    const request = registrationOf(modelDir);
    const { version } = await registry.registerModel(request);
    await registry.setVersionTags(request.registeredName, version, { verdict: 'pass', 'approved.by': 'ada' });
    await registry.describeModel(request.registeredName, { description: '# Flights', tags: { owner: 'ops' } });
    const facts = await registry.getVersion(request.registeredName, version);
    expect(facts?.tags).toMatchObject({ verdict: 'pass', 'approved.by': 'ada' });
    const model = await client.registeredModels.get(request.registeredName);
    expect(model).toMatchObject({ description: '# Flights', tags: { owner: 'ops' } });
    await registry.setModelTags(request.registeredName, { owner: 'data', team: 'ops' });
    expect(await registry.getModelTags(request.registeredName)).toMatchObject({ owner: 'data', team: 'ops' });
    expect(await registry.getModelTags('nobody-made-this')).toBeNull();
  });

  it('holds the latest anchor of a ledger as a tag of the model', async () => {
    const request = registrationOf(modelDir);
    await registry.registerModel(request);
    const of = { pipeline: 'flights', registeredName: request.registeredName };
    const place = anchorTag(registry);
    expect(await place.read(of)).toEqual([]);
    const anchor = { pipeline: 'flights', number: 7, hash: 'a'.repeat(64) };
    await place.write(of, { ...anchor, number: 3 }, request.at);
    await place.write(of, anchor, request.at);
    expect(await place.read(of)).toEqual([anchor]);
    expect(await place.read({ ...of, pipeline: 'other' })).toEqual([]);
    const model = await client.registeredModels.get(request.registeredName);
    expect(model?.tags['gauntlet.ledgerHead']).toBe(`flights 7 ${'a'.repeat(64)}`);
  });
});

describe('runs', () => {
  it('logs a backtest with its report once, however often it is repeated', async () => {
    const request = {
      ...runOf('backtest'),
      params: { folds: 3 },
      metrics: [0.71, 0.69, 0.7].map((value, step) => ({ key: 'auc', value, step })),
      datasets: [],
      artifacts: [
        { path: 'report.html', bytes: '<!doctype html><title>Gate report</title>' },
        { path: 'data/report.json', bytes: '{"verdict":"pass"}' },
      ],
    };
    const first = await registry.logRun(request);
    expect(await registry.logRun(request)).toEqual(first);
    const run = await client.runs.get(first.runId);
    const experiment = await client.experiments.getByName('gauntlet/runs');
    expect(experiment?.tags['mlflow.experimentKind']).toBe('custom_model_development');
    expect(run).toMatchObject({ status: 'FINISHED', params: { folds: '3' }, tags: { 'gauntlet.kind': 'backtest' } });
    expect(first.url).toBe(`${url}/#/experiments/${run.experimentId}/runs/${first.runId}`);
    expect(first.artifacts.map((artifact) => artifact.url)).toEqual([
      `${first.url}/artifacts/report.html`,
      `${first.url}/artifacts/data/report.json`,
    ]);
    const download = await fetch(registry.links.runFile(first.runId, 'data/report.json'));
    expect(await download.text()).toBe('{"verdict":"pass"}');
  });

  it('adds metrics and artifacts to an open run and finishes it', async () => {
    const { runId } = await registry.startRun(runOf('retrain'));
    await registry.logRunMetrics(runId, [{ key: 'rows', value: 12 }], '2001-03-05T07:00:00Z');
    await registry.logArtifact(runId, { path: 'notes.md', bytes: '# Notes' });
    await registry.finishRun(runId, 'FAILED', '2001-03-05T08:00:00Z');
    const run = await client.runs.get(runId);
    expect(run).toMatchObject({ status: 'FAILED', endTimeMs: Date.parse('2001-03-05T08:00:00Z') });
    expect(run.metrics['rows']?.value).toBe(12);
  });

  it('cuts prose that is longer than MLflow keeps, visibly', async () => {
    const { runId } = await registry.startRun({ ...runOf('monitor'), description: 'x'.repeat(9000) });
    const note = (await client.runs.get(runId)).tags['mlflow.note.content'] ?? '';
    expect(note).toHaveLength(8000);
    expect(note).toMatch(/… \(shortened\)$/);
  });
});
