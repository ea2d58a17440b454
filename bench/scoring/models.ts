import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../adapters/built-entry.js';
import { StoredModelBundles } from '../../adapters/model-bundle/bundles.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { openStore } from '../../adapters/store/open-store.js';
import { cacheRoot, installOnce, run } from '../../scripts/toolchain/index.mjs';
import { featureNames } from './row-shape.js';
import { writeSamples } from './rows.js';

export const modelNames = ['lr', 'mlp', 'gbt'] as const;
export type ModelName = (typeof modelNames)[number];

/** One model in every form that some side wants. */
export interface BenchModel {
  readonly name: ModelName;
  readonly onnxPath: string;
  readonly mlflowPath: string;
  readonly lightgbmPath: string;
  /** The product's own form, made by the product's own code as it stands now. */
  readonly bundlePath: string;
  readonly modelDigest: string;
  readonly decisionThreshold: number;
  readonly scoreCuts: readonly number[];
}

/** What the trained models depend on. */
const sources = [
  'bench/scoring/row-shape.ts',
  'bench/scoring/rows.ts',
  'bench/peers/models.py',
  'bench/peers/requirements.lock',
  'trainers/lightgbm/onnx_model.py',
  'trainers/lightgbm/exact_thresholds.py',
];

/** Trains the models once, and makes bundles of them in `folder` anew. */
export async function prepareModels(args: {
  readonly names: readonly ModelName[];
  readonly python: string;
  readonly folder: string;
  readonly log: (line: string) => void;
}): Promise<readonly BenchModel[]> {
  const trained = await trainOnce(args.python, args.log);
  const models: BenchModel[] = [];
  for (const name of args.names) models.push(await bundle(name, trained, args.folder));
  return models;
}

async function trainOnce(python: string, log: (line: string) => void): Promise<string> {
  const digest = createHash('sha256');
  for (const source of sources) digest.update(await readFile(path.join(projectRoot(), source)));
  return installOnce({
    folder: path.join(cacheRoot(), `bench-models-${digest.digest('hex').slice(0, 12)}`),
    label: 'Models of the scoring bench',
    log,
    isUsable: (folder) => existsSync(path.join(folder, 'gbt', 'model.onnx')),
    install: async (folder) => {
      log('training the models, once');
      const sample = path.join(folder, 'train.parquet');
      await writeSamples(sample, path.join(folder, 'validation.parquet'));
      const request = path.join(folder, 'request.json');
      await writeFile(request, JSON.stringify({ folder, sample, features: featureNames }));
      const program = path.join(projectRoot(), 'bench', 'peers', 'models.py');
      await run(python, [program, request], { label: 'Training', log });
    },
  });
}

async function bundle(name: ModelName, trained: string, folder: string): Promise<BenchModel> {
  await mkdir(folder, { recursive: true });
  const material = await mkdtemp(path.join(folder, `${name}-`));
  const store = await openStore(path.join(folder, 'store'));
  const bundles = new StoredModelBundles({ store, scorer: createScorer(), tempDirectory: folder });
  const onnxPath = path.join(trained, name, 'model.onnx');
  const { modelDigest } = await bundles.assemble({
    folder: material,
    modelPath: onnxPath,
    features: { features: featureNames.map((feature) => ({ name: feature, kind: 'numeric' })), kind: 'binary' },
    dictionary: {},
    trainingPath: path.join(trained, 'train.parquet'),
    validationPath: path.join(trained, 'validation.parquet'),
    decisionRate: 0.2,
    inputs: { rows: 0, numeric: {}, categorical: {} },
    lineage: lineageOf(name),
  });
  const { bundlePath, manifest } = await bundles.open(modelDigest);
  return {
    name,
    onnxPath,
    mlflowPath: path.join(trained, name, 'mlflow'),
    lightgbmPath: path.join(trained, name, 'lightgbm.txt'),
    bundlePath,
    modelDigest,
    decisionThreshold: manifest.decisionThreshold,
    scoreCuts: (await bundles.profile(modelDigest)).scores.cuts,
  };
}

/** Says where a model comes from; nothing that is measured reads it. */
function lineageOf(name: ModelName) {
  const window = { start: '2001-01-01T00:00:00.000Z', end: '2001-07-01T00:00:00.000Z' };
  return {
    pipeline: 'bench',
    definitionDigest: createHash('sha256').update(name).digest('hex'),
    trainingSnapshotDigest: createHash('sha256').update('flights').digest('hex'),
    trainingWindow: window,
    validationWindow: window,
    trainer: { command: ['bench'], params: {}, seed: 7, metrics: {}, importance: {}, libraryVersions: {} },
  };
}
