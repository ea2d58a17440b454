import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { withCrashPoints } from '../activities/effect-ports.js';
import { anchorFile } from '../adapters/anchor/anchor-file.js';
import { anchorTag } from '../adapters/anchor/anchor-tag.js';
import { projectRoot } from '../adapters/built-entry.js';
import { FileDefinitions } from '../adapters/definitions/file-definitions.js';
import { DeltaPredictionTable } from '../adapters/delta/delta-prediction-table.js';
import { createCorrectionReader } from '../adapters/duckdb/correction-rows.js';
import { DuckDbDatasetBuilder } from '../adapters/duckdb/dataset-builder.js';
import { createEvaluator } from '../adapters/duckdb/evaluation.js';
import { createProber } from '../adapters/duckdb/prober.js';
import { createRolloutComparer } from '../adapters/duckdb/rollout-comparer.js';
import { registryFromEnvironment } from '../adapters/mlflow/mlflow-registry.js';
import { StoredModelBundles } from '../adapters/model-bundle/bundles.js';
import { createScorer } from '../adapters/predictor/scorer.js';
import { createReportRenderer } from '../adapters/report/report-renderer.js';
import { LocalCache } from '../adapters/s3/local-cache.js';
import { openRemoteSources } from '../adapters/sources/open-remote-sources.js';
import { rehearsalsIn } from '../adapters/store/rehearsal-folder.js';
import { openSharedStore } from '../adapters/store/open-shared-store.js';
import { createTrainer } from '../adapters/trainer/trainer.js';
import { webhook } from '../adapters/webhook/webhook.js';
import type { Settings } from './settings.js';

/** DuckDB in a worker: the child process that scores has a limit of its own. */
const duckDb = { threads: 2, memoryLimitMb: 512 } as const;

/** Everything the activities work with, joined once. Commands that read the store use the same. */
export async function openServices(settings: Settings) {
  const tempDirectory = path.join(settings.workDir, 'spill');
  await mkdir(tempDirectory, { recursive: true });
  const { workDir, cacheBytes } = settings;
  const cache = new LocalCache({ folder: path.join(workDir, 'cache'), maxBytes: cacheBytes });
  const store = withCrashPoints.store(
    await openSharedStore(settings.storeLocation, { workDir, cache, connection: settings.s3 }),
  );
  const remote = openRemoteSources({ cache, connection: settings.s3 });
  const registry = withCrashPoints.registry(
    registryFromEnvironment(process.env, settings.trackingUri, settings.mlflowPublicUrl),
  );
  const scorer = withCrashPoints.scorer(createScorer({ maxRssMb: settings.maxModelMemoryMb, tempDirectory }));
  return {
    store,
    definitions: new FileDefinitions(settings.pipelinesDir, store),
    dataset: new DuckDbDatasetBuilder({ store, tempDirectory, remote, ...duckDb }),
    table: withCrashPoints.table(new DeltaPredictionTable(store)),
    bundles: new StoredModelBundles({ store, scorer, tempDirectory }),
    evaluator: createEvaluator({ tempDirectory, ...duckDb }),
    comparer: createRolloutComparer({ tempDirectory, memoryLimitMb: duckDb.memoryLimitMb }),
    prober: createProber({ tempDirectory, memoryLimitMb: duckDb.memoryLimitMb }),
    renderer: createReportRenderer(),
    registry,
    // The file first: it needs no server.
    anchors: [
      ...(settings.anchorFile === null ? [] : [withCrashPoints.anchor(anchorFile(settings.anchorFile))]),
      anchorTag(registry),
    ],
    trainer: withCrashPoints.trainer(
      createTrainer({
        cwd: projectRoot(),
        resolveCommand: (program) => (program === 'python' ? settings.pythonPath : program),
      }),
    ),
    corrections: createCorrectionReader({ tempDirectory }),
    notifier: withCrashPoints.notifier(webhook),
    rehearsals: rehearsalsIn(path.join(settings.workDir, 'rehearsals'), store),
    scorer,
    codeVersion: settings.codeVersion,
    scoreTimeoutMs: settings.scoreTimeoutMs,
    workFolder: path.join(settings.workDir, 'training'),
  };
}

export type Services = Awaited<ReturnType<typeof openServices>>;
