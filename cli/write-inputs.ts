import path from 'node:path';
import { stat } from 'node:fs/promises';
import { PermanentFailure } from '../domain/failure-types.js';
import type { LedgerState } from '../domain/ledger/state.js';
import type { Services } from '../workers/services.js';
import { invalidOption } from './option-values.js';
import type { LiveFile, ServedPredictions } from './prediction-versions.js';

/** What was written, and what it takes to compare it with what is served. */
export interface WrittenInputs {
  /** Absolute path of the Parquet file: `row_key`, then the model's float32 inputs in its own order. */
  readonly inputs: string;
  readonly rows: number;
  readonly features: readonly string[];
  readonly window: string;
  readonly tableVersion: number;
  readonly modelDigest: string;
  /** The model in the registry, such as `flights` version `3`; null when the ledger does not know it. */
  readonly registeredName: string | null;
  readonly modelVersion: string | null;
  /** Of the snapshot that the run was pinned to. */
  readonly snapshotDigest: string;
  readonly runIdentity: string;
  /** Absolute paths or addresses of the published files, in key order: join on `row_key`. */
  readonly served: readonly string[];
  /** Absolute folder of the Delta table, or its address. */
  readonly folder: string;
  /** Whether another model served some of the window's rows: `served` has only those of this one. */
  readonly isShared: boolean;
}

/**
 * Writes the encoded inputs of one publication, from the snapshot it was pinned to and with the dictionary of the model
 * that served: what any client of the model has to be given to predict what was published.
 */
export async function writeInputs(
  services: Pick<Services, 'dataset' | 'bundles' | 'scorer'>,
  served: ServedPredictions,
  state: LedgerState,
  file: string,
): Promise<WrittenInputs> {
  const outputPath = await writableParquet(file);
  const live = choosePublication(served);
  const inWindow = served.files.filter(({ window }) => window === live.window);
  const published = inWindow.filter(({ modelDigest }) => modelDigest === live.modelDigest);
  const bundle = await services.bundles.open(live.modelDigest);
  const manifest = await services.dataset.loadSnapshot(served.pipeline, live.snapshotDigest);
  const rows = await services.scorer.writeInputs({
    parts: await services.dataset.localParts(manifest),
    model: { kind: 'onnx', modelDigest: live.modelDigest, bundlePath: bundle.bundlePath },
    outputPath,
  });
  const model = state.models.get(live.modelDigest)?.model;
  return {
    inputs: outputPath,
    rows,
    features: bundle.features.features.map(({ name }) => name),
    window: live.window,
    tableVersion: served.version,
    modelDigest: live.modelDigest,
    registeredName: model?.registeredName ?? null,
    modelVersion: model?.version ?? null,
    snapshotDigest: live.snapshotDigest,
    runIdentity: live.runIdentity,
    served: published.map(({ path: file }) => file),
    folder: served.folder,
    isShared: published.length < inWindow.length,
  };
}

/** The newest window that a model served; the window asked for, when one was. */
function choosePublication({ files, pipeline, window }: ServedPredictions): LiveFile {
  const byModel = files.find(({ modelDigest }) => modelDigest !== 'baseline');
  if (byModel !== undefined) return byModel;
  const about = window === null ? 'no window' : `window ${window} without rows`;
  const found = files.length === 0 ? about : 'the baseline, which is SQL and has no encoded inputs';
  throw new PermanentFailure('INVALID_INPUT', 'There is no publication whose inputs could be written.', {
    problems: [{ field: '--window', found, expected: 'a published window with rows that a model served' }],
    example: `gauntlet predictions ${pipeline} --window 2001-03-05 --inputs inputs.parquet`,
  });
}

async function writableParquet(file: string): Promise<string> {
  const target = path.resolve(file);
  const example = '--inputs inputs.parquet';
  if (path.extname(target) !== '.parquet')
    throw invalidOption('--inputs', file, 'a file name ending in .parquet', example);
  const folder = await stat(path.dirname(target)).catch(() => null);
  if (folder?.isDirectory() !== true) {
    throw invalidOption('--inputs', file, `a file in a folder that exists; ${path.dirname(target)} does not`, example);
  }
  return target;
}

/** For people: what is in the file, and a ready-to-paste comparison by MLflow's own client. */
export function renderInputs(written: WrittenInputs): string {
  const model =
    written.registeredName === null
      ? `model ${written.modelDigest}`
      : `${written.registeredName} v${written.modelVersion ?? ''}`;
  const uri = written.registeredName === null ? '' : `models:/${written.registeredName}/${written.modelVersion ?? ''}`;
  const lines = [
    `${written.rows.toLocaleString('en-US')} rows of window ${written.window} as ${model} saw them: row_key and ${written.features.length} float32 inputs (${written.features.join(', ')})`,
    written.inputs,
    '',
    '# Python: the served scores again, by MLflow itself (MLFLOW_TRACKING_URI set)',
    'import mlflow, numpy as np, pandas as pd',
    'from deltalake import DeltaTable',
    `inputs = pd.read_parquet(${JSON.stringify(written.inputs)}).set_index("row_key")`,
    `served = DeltaTable(${JSON.stringify(written.folder)}, version=${written.tableVersion}).to_pandas(filters=[("window", "=", ${JSON.stringify(written.window)})]).set_index("row_key")`,
    ...(written.isShared ? [`served = served[served["model_digest"] == ${JSON.stringify(written.modelDigest)}]`] : []),
    `scores = np.ravel(mlflow.pyfunc.load_model(${JSON.stringify(uri)}).predict(inputs))`,
    'print("largest difference:", abs(pd.Series(scores, index=inputs.index) - served["score"]).max())',
  ];
  return (uri === '' ? lines.slice(0, 2) : lines).join('\n');
}
