import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileDefinitions } from '../../adapters/definitions/file-definitions.js';
import { openStore } from '../../adapters/store/open-store.js';
import { assertKnownPipeline, refuseUnknownPipeline } from '../../cli/known-pipelines.js';
import { registerScore } from '../../cli/score.js';
import { runVerb } from '../support/cli-run.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-known-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As a terminal finds it; the store is a folder without a ledger unless a test makes one. */
async function refuse(pipeline: string): Promise<void> {
  const pipelinesDir = path.join(folder, 'pipelines');
  const store = await openStore(path.join(folder, 'store'));
  const services = { store, definitions: new FileDefinitions(pipelinesDir, store) };
  await refuseUnknownPipeline({ settings: { pipelinesDir }, services: () => Promise.resolve(services) }, pipeline);
}

async function define(pipeline: string): Promise<void> {
  await mkdir(path.join(folder, 'pipelines', pipeline), { recursive: true });
  await writeFile(path.join(folder, 'pipelines', pipeline, 'pipeline.js'), '');
}

describe('a run of a pipeline that nobody knows', () => {
  it('is refused before anything is started, naming those that are known', async () => {
    await define('orders');
    const pipelinesDir = path.join(folder, 'pipelines');
    const env = { GAUNTLET_PIPELINES: pipelinesDir, GAUNTLET_STATE_DIR: path.join(folder, 'state') };
    const run = await runVerb(registerScore, ['score', 'nosuch'], env);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/UNKNOWN_PIPELINE[^]*one of orders[^]*example: gauntlet score orders/);
  });

  it('is refused by a verb that only reads with one that shows those that are known', async () => {
    await define('orders');
    const store = await openStore(path.join(folder, 'store'));
    const definitions = new FileDefinitions(path.join(folder, 'pipelines'), store);
    await expect(assertKnownPipeline({ store, definitions }, 'nosuch')).rejects.toMatchObject({
      type: 'UNKNOWN_PIPELINE',
      problems: [{ field: 'pipeline', found: '"nosuch"', expected: 'one of orders' }],
      example: 'gauntlet status orders',
    });
  });

  it('is left to the workflow where there are no definitions to look at', async () => {
    await expect(refuse('nosuch')).resolves.toBeUndefined();
  });

  it('is one that has neither a definition nor a ledger', async () => {
    await define('orders');
    await mkdir(path.join(folder, 'store', 'ledger', 'gone'), { recursive: true });
    await writeFile(path.join(folder, 'store', 'ledger', 'gone', '1.json'), '{}');
    await expect(refuse('orders')).resolves.toBeUndefined();
    await expect(refuse('gone')).resolves.toBeUndefined();
    await expect(refuse('nosuch')).rejects.toMatchObject({ type: 'UNKNOWN_PIPELINE' });
  });

  it('is left to the workflow when the store cannot be read from here', async () => {
    await define('orders');
    const settings = { pipelinesDir: path.join(folder, 'pipelines') };
    const services = () => Promise.reject(new Error('no such bucket'));
    await expect(refuseUnknownPipeline({ settings, services }, 'nosuch')).resolves.toBeUndefined();
  });
});
