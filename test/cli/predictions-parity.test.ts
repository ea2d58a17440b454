import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createMlflowRegistry } from '../../adapters/mlflow/mlflow-registry.js';
import { registerPredictions } from '../../cli/predictions.js';
import { registrationOf } from '../adapters/mlflow-registry-fixture.js';
import { runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';
import { testFeatures } from '../support/scoring.js';
import { testMlflow, testPython } from '../support/servers.js';

const run = promisify(execFile);

/** The server's cold start and MLflow's own import, on a busy machine. */
const patienceMs = 240_000;

it(
  'what `predictions --inputs` prints to paste lets MLflow’s own client predict what was published',
  async () => {
    const [{ url }, python, story] = await Promise.all([testMlflow(), testPython(), CliStory.lived()]);
    const { modelDigest, version } = story.model(0);
    const registered = await createMlflowRegistry({ trackingUri: url }).registerModel(
      registrationOf(path.join(story.store.root, 'models', modelDigest), {
        registeredName: storyPipeline,
        modelDigest,
        features: { kind: 'binary', features: testFeatures },
      }),
    );
    expect(registered.version).toBe(version);
    const file = path.join(story.stateDir, 'inputs.parquet');
    const { stdout: printed } = await runVerb(registerPredictions, ['predictions', storyPipeline, '--inputs', file], {
      GAUNTLET_STATE_DIR: story.stateDir,
    });
    const script = printed.slice(printed.indexOf('import mlflow'));
    const { stdout } = await run(python, ['-c', script], { env: { ...process.env, MLFLOW_TRACKING_URI: url } });
    const difference = /largest difference: ([\d.e-]+)/.exec(stdout)?.[1];
    expect(Number(difference ?? NaN)).toBeLessThan(1e-6);
    await story.remove();
  },
  patienceMs,
);
