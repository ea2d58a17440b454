import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerSchedules } from '../../cli/schedules.js';
import { runVerb } from '../support/cli-run.js';
import { writeScriptedPipelines } from '../support/scripted-pipelines.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-names-'));
  await writeScriptedPipelines(path.join(folder, 'pipelines'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** No server is there: a run that gets past the definitions cannot reach Temporal. */
function apply() {
  const env = { GAUNTLET_PIPELINES: path.join(folder, 'pipelines'), GAUNTLET_STATE_DIR: path.join(folder, 'state') };
  return runVerb(registerSchedules, ['schedules', 'apply'], env);
}

it('schedules of two pipelines that share a registered model are not applied, and both are named', async () => {
  const file = path.join(folder, 'pipelines', 'flights-undone', 'pipeline.js');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace('"name": "flights-undone",', '"name": "flights-undone", "registeredName": "flights-scored",'),
  );
  const run = await apply();
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toMatch(
    /INVALID_DEFINITION[^]*registeredName of flights-undone[^]*"flights-scored", the registered model of flights-scored[^]*a name of its own, such as "flights-undone"/,
  );
});

it('names of their own go on to the server', async () => {
  expect((await apply()).stderr).not.toContain('INVALID_DEFINITION');
});
