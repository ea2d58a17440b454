import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import type {
  AssembledBundle,
  BundleMaterial,
  LocalBundle,
  ModelBundles,
} from '../../activities/ports/model-bundles.js';
import type { Scorer } from '../../activities/ports/scorer.js';
import type { Store } from '../../activities/ports/store.js';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { computeModelDigest } from '../../contracts/model-bundle.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { ModelManifest, TrainingProfile } from '../../domain/model-bundle.js';
import { queryRows, withDuckDb } from '../duckdb/connection.js';
import { readParquet, sqlName } from '../duckdb/sql-text.js';
import { kernelFile, loadTrainingProfile, openBundle, parseManifest } from './model-bundle.js';
import { writeOlderProfile } from './older-profile.js';
import { summariseScores } from './score-summary.js';

/** Enough rows to notice any change of a model, few enough to score in a moment. */
const goldenRows = 1_000;
const scoreTimeoutMs = 10 * 60_000;

/** Model bundles in the store, under `models/<digest>/`. */
export class StoredModelBundles implements ModelBundles {
  readonly #store: Store;
  readonly #scorer: Scorer;
  readonly #tempDirectory: string;

  constructor(services: { readonly store: Store; readonly scorer: Scorer; readonly tempDirectory: string }) {
    this.#store = services.store;
    this.#scorer = services.scorer;
    this.#tempDirectory = services.tempDirectory;
  }

  async open(modelDigest: string): Promise<LocalBundle> {
    return openBundle(await this.#folder(modelDigest), modelDigest);
  }

  async profile(modelDigest: string): Promise<TrainingProfile> {
    return loadTrainingProfile(await this.#folder(modelDigest));
  }

  async outputName(modelDigest: string): Promise<string> {
    const { modelPath } = await openBundle(await this.#folder(modelDigest), modelDigest);
    const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1 });
    try {
      return session.outputNames[0] ?? '';
    } finally {
      await session.release();
    }
  }

  async sampleInputs(modelDigest: string, rows: number): Promise<readonly (readonly (number | null)[])[]> {
    const { goldenPath, features } = await openBundle(await this.#folder(modelDigest), modelDigest);
    const names = features.features.map((feature) => feature.name);
    const settings = { allowed: [goldenPath], tempDirectory: this.#tempDirectory, threads: 1, memoryLimitMb: 256 };
    const found = await withDuckDb(settings, (connection) =>
      queryRows<Record<string, number | null>>(
        connection,
        `SELECT ${names.map(sqlName).join(', ')} FROM ${readParquet([goldenPath])} LIMIT ${String(rows)}`,
      ),
    );
    return found.map((row) => names.map((name) => row[name] ?? null));
  }

  /** The manifest comes last: a bundle without it does not exist. */
  async assemble(material: BundleMaterial): Promise<AssembledBundle> {
    const { folder, validationPath, decisionRate, inputs } = material;
    const features = material.features.features.map((feature) => feature.name);
    const scoredPath = path.join(folder, 'validation-scores.parquet');
    const modelPath = path.join(folder, 'model.onnx');
    if (material.modelPath !== modelPath) await copyFile(material.modelPath, modelPath);
    await this.#scorer.scoreEncoded({
      modelPath,
      features,
      encodedPath: validationPath,
      outputPath: scoredPath,
      timeoutMs: scoreTimeoutMs,
    });
    const scores = await summariseScores({ scoredPath, decisionRate, tempDirectory: this.#tempDirectory });
    const profile: TrainingProfile = { ...inputs, scores: scores.profile };
    await writeFile(path.join(folder, 'dictionary.json'), canonicalJson(material.dictionary));
    await writeFile(path.join(folder, 'features.json'), canonicalJson(material.features));
    await writeFile(path.join(folder, 'profile.json'), canonicalJson(profile));
    const { withoutKernel } = await this.#makeGolden(material, features, modelPath);
    const names = withoutKernel === null ? [...bundleFiles, kernelFile] : bundleFiles;
    const files = await Promise.all(names.map((name) => describeFile(folder, name)));
    const manifest: ModelManifest = {
      ...material.lineage,
      schemaVersion: 1,
      modelDigest: computeModelDigest({
        'model.onnx': hashOf(files, 'model.onnx'),
        'dictionary.json': hashOf(files, 'dictionary.json'),
        'features.json': hashOf(files, 'features.json'),
      }),
      decisionThreshold: scores.threshold,
      files,
    };
    const manifestPath = `models/${manifest.modelDigest}/manifest.json`;
    const stored = await this.#store.read(manifestPath);
    if (stored !== null) {
      await this.#restore(folder, manifest, parseManifest(stored));
    } else {
      for (const file of files) await this.#adopt(folder, file.name, manifest.modelDigest);
      await this.#store.createIfAbsent(manifestPath, canonicalJson(manifest));
    }
    return { modelDigest: manifest.modelDigest, withoutKernel };
  }

  #makeGolden(
    { folder, validationPath, trainingPath }: BundleMaterial,
    features: readonly string[],
    modelPath: string,
  ) {
    return this.#scorer.makeGolden({
      modelPath,
      features,
      encodedPaths: [validationPath, trainingPath],
      spreadRows: goldenRows,
      goldenPath: path.join(folder, 'golden.parquet'),
      kernelPath: path.join(folder, kernelFile),
      timeoutMs: scoreTimeoutMs,
    });
  }

  /**
   * Retention takes files out of a bundle and leaves its manifest. Those that this run made byte for byte are put back;
   * another run's profile or golden rows are not what the manifest promises. Throws MODEL_CORRUPT naming those.
   */
  async #restore(folder: string, made: ModelManifest, stored: ModelManifest): Promise<void> {
    const names = new Set(await this.#store.list(`models/${stored.modelDigest}`));
    const problems: Problem[] = [];
    for (const { name, sha256 } of stored.files.filter((file) => !names.has(file.name))) {
      const isMade = hashOf(made.files, name) === sha256;
      if (isMade || (name === 'profile.json' && (await writeOlderProfile(folder, sha256))))
        await this.#adopt(folder, name, stored.modelDigest);
      else problems.push(notMadeAgain(`models/${stored.modelDigest}/${name}`, hashOf(made.files, name), sha256));
    }
    if (problems.length === 0) return;
    const message = 'The store has this model without all of its files, and this run made others.';
    throw new PermanentFailure('MODEL_CORRUPT', message, { problems });
  }

  /** Through a staged copy, because adopting takes the file away and a retry may need it. */
  async #adopt(folder: string, name: string, modelDigest: string): Promise<void> {
    const staged = await this.#store.stage('model', path.extname(name).slice(1));
    await copyFile(path.join(folder, name), staged);
    await this.#store.adopt(staged, `models/${modelDigest}/${name}`);
  }

  async #folder(modelDigest: string): Promise<string> {
    const manifestPath = `models/${modelDigest}/manifest.json`;
    if ((await this.#store.read(manifestPath)) === null) {
      throw new PermanentFailure('MODEL_MISSING', `The store has no model ${modelDigest.slice(0, 12)}.`, {
        problems: [{ field: manifestPath, found: 'nothing', expected: 'the manifest of a model bundle' }],
      });
    }
    // The files of a bundle are one folder wherever the store is; opening a bundle verifies each of them.
    const names = await this.#store.list(`models/${modelDigest}`);
    await Promise.all(names.map((name) => this.#store.localPath(`models/${modelDigest}/${name}`)));
    return path.dirname(await this.#store.localPath(manifestPath));
  }
}

const bundleFiles = ['model.onnx', 'dictionary.json', 'features.json', 'profile.json', 'golden.parquet'] as const;

async function describeFile(folder: string, name: string): Promise<ModelManifest['files'][number]> {
  const bytes = await readFile(path.join(folder, name));
  return { name, sha256: sha256Hex(bytes), bytes: bytes.byteLength };
}

function hashOf(files: ModelManifest['files'], name: string): string {
  return files.find((file) => file.name === name)?.sha256 ?? '';
}

function notMadeAgain(field: string, made: string, expected: string): Problem {
  const found = made === '' ? 'nothing, here and in the store' : `nothing in the store, sha256 ${made} here`;
  return { field, found, expected: `sha256 ${expected}` };
}
