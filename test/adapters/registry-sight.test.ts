import { createMlflowClient, type MlflowClient } from 'mlflow-ts-client';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../activities/ports/registry.js';
import { seeRegistry } from '../../activities/registry-watch/look-at-registry.js';
import { createMlflowRegistry } from '../../adapters/mlflow/mlflow-registry.js';
import { testMlflow } from '../support/servers.js';
import { makeBundle, registrationOf } from './mlflow-registry-fixture.js';

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

/** A champion that MLflow knows, with its alias; `see` looks as a run does. */
async function champion() {
  const request = registrationOf(modelDir);
  const { version } = await registry.registerModel(request);
  const { registeredName, modelDigest } = request;
  await registry.setAlias(registeredName, 'champion', version);
  const see = () => seeRegistry(registry, { registeredName }, { registeredName, modelDigest, version });
  return { registeredName, version, see };
}

async function remove(path: string, body: object): Promise<void> {
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
}

describe('what a real MLflow shows of a champion', () => {
  it('that is as it should be', async () => {
    const { version, see } = await champion();
    expect(await see()).toEqual({ aliasVersion: version, hasModel: true, hasVersion: true });
  });

  it('whose alias somebody deleted', async () => {
    const { registeredName, see } = await champion();
    await client.aliases.delete(registeredName, 'champion');
    expect(await see()).toEqual({ aliasVersion: null, hasModel: true, hasVersion: true });
  });

  it('whose version somebody deleted, and the alias with it or dangling', async () => {
    const { registeredName, version, see } = await champion();
    await remove('model-versions/delete', { name: registeredName, version });
    expect(await see()).toEqual({ aliasVersion: null, hasModel: true, hasVersion: false });
  });

  it('whose registered model somebody deleted', async () => {
    const { registeredName, see } = await champion();
    await remove('registered-models/delete', { name: registeredName });
    expect(await see()).toEqual({ aliasVersion: null, hasModel: false, hasVersion: false });
  });
});
