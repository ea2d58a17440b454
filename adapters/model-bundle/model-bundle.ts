import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { sha256Hex } from '../../contracts/digest.js';
import {
  categoryDictionarySchema,
  computeModelDigest,
  featureListSchema,
  identifyingFiles,
  modelManifestSchema,
  trainingProfileSchema,
} from '../../contracts/model-bundle.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { CategoryDictionary, FeatureList, ModelManifest, TrainingProfile } from '../../domain/model-bundle.js';

/** File of a bundle that only a model of trees has. */
export const kernelFile = 'kernel.bin';

/** A bundle whose every file was read and matches the manifest. */
export interface OpenedBundle {
  readonly bundlePath: string;
  readonly manifest: ModelManifest;
  readonly features: FeatureList;
  readonly dictionary: CategoryDictionary;
  readonly modelPath: string;
  readonly goldenPath: string;
  /** The tree kernel that was proved with the model; null where it has none. */
  readonly kernelPath: string | null;
}

/**
 * Opens a bundle folder and verifies it: every file of the manifest by size and sha256, the model digest, and that the
 * dictionary knows every categorical feature. Throws MODEL_MISSING without a manifest, MODEL_CORRUPT naming every file
 * that is wrong.
 */
export async function openBundle(bundlePath: string, expectedDigest?: string): Promise<OpenedBundle> {
  const manifestBytes = await readIfThere(path.join(bundlePath, 'manifest.json'));
  if (manifestBytes === null) {
    throw new PermanentFailure('MODEL_MISSING', 'The model bundle has no manifest.', {
      problems: [{ field: 'manifest.json', found: 'nothing', expected: 'the manifest of a model bundle' }],
    });
  }
  const manifest = parseManifest(manifestBytes);
  const contents = await verifyFiles(bundlePath, manifest, expectedDigest);
  const features = parseBundleFile(featureListSchema, 'features.json', contents.get('features.json'));
  const dictionary = parseBundleFile(categoryDictionarySchema, 'dictionary.json', contents.get('dictionary.json'));
  failIfCorrupt(uncoveredFeatures(features, dictionary));
  return {
    bundlePath,
    manifest,
    features,
    dictionary,
    modelPath: path.join(bundlePath, 'model.onnx'),
    goldenPath: path.join(bundlePath, 'golden.parquet'),
    kernelPath: contents.has(kernelFile) ? path.join(bundlePath, kernelFile) : null,
  };
}

/** Reads the training profile of a bundle. Throws MODEL_CORRUPT when it is missing or not a profile. */
export async function loadTrainingProfile(bundlePath: string): Promise<TrainingProfile> {
  const bytes = await readIfThere(path.join(bundlePath, 'profile.json'));
  return parseBundleFile(trainingProfileSchema, 'profile.json', bytes);
}

/** Throws MODEL_CORRUPT when the bytes are no manifest. */
export function parseManifest(bytes: Uint8Array): ModelManifest {
  return parseBundleFile(modelManifestSchema, 'manifest.json', bytes);
}

async function verifyFiles(
  bundlePath: string,
  manifest: ModelManifest,
  expectedDigest: string | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  for (const file of manifest.files) {
    const bytes = await readIfThere(path.join(bundlePath, file.name));
    if (bytes === null) problems.push({ field: file.name, found: 'nothing', expected: `${String(file.bytes)} bytes` });
    else if (sha256Hex(bytes) !== file.sha256) problems.push(otherContent(file.name, bytes, file.sha256));
    else contents.set(file.name, bytes);
  }
  for (const name of [...identifyingFiles, 'golden.parquet']) {
    if (!manifest.files.some((file) => file.name === name)) {
      problems.push({ field: 'manifest.json', found: `no entry for ${name}`, expected: 'every file of the bundle' });
    }
  }
  failIfCorrupt(problems);
  failIfCorrupt(digestProblems(manifest, expectedDigest));
  return contents;
}

function digestProblems(manifest: ModelManifest, expectedDigest: string | undefined): Problem[] {
  const hashes = new Map(manifest.files.map((file) => [file.name, file.sha256]));
  const digest = computeModelDigest({
    'model.onnx': hashes.get('model.onnx') ?? '',
    'dictionary.json': hashes.get('dictionary.json') ?? '',
    'features.json': hashes.get('features.json') ?? '',
  });
  const problems: Problem[] = [];
  if (digest !== manifest.modelDigest) {
    problems.push({ field: 'manifest.json modelDigest', found: manifest.modelDigest, expected: digest });
  }
  if (expectedDigest !== undefined && digest !== expectedDigest) {
    problems.push({ field: 'bundle', found: `model ${digest}`, expected: `model ${expectedDigest}` });
  }
  return problems;
}

function uncoveredFeatures(features: FeatureList, dictionary: CategoryDictionary): Problem[] {
  return features.features
    .filter((feature) => feature.kind === 'categorical' && dictionary[feature.name] === undefined)
    .map((feature) => ({
      field: `dictionary.json ${feature.name}`,
      found: 'nothing',
      expected: 'the known values of this categorical feature',
    }));
}

function parseBundleFile<T>(schema: z.ZodType<T>, name: string, bytes: Uint8Array | null | undefined): T {
  if (bytes === null || bytes === undefined) {
    throw corruptBundle([{ field: name, found: 'nothing', expected: 'a JSON file' }]);
  }
  const parsed = schema.safeParse(parseJson(name, bytes));
  if (parsed.success) return parsed.data;
  throw corruptBundle(
    parsed.error.issues.map((issue) => ({
      field: [name, ...issue.path.map(String)].join(' '),
      found: issue.code,
      expected: issue.message,
    })),
  );
}

function parseJson(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw corruptBundle([{ field: name, found: String(cause), expected: 'JSON' }]);
  }
}

function failIfCorrupt(problems: readonly Problem[]): void {
  if (problems.length > 0) throw corruptBundle(problems);
}

function corruptBundle(problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('MODEL_CORRUPT', 'The model bundle is not what its manifest says.', { problems });
}

function otherContent(name: string, bytes: Uint8Array, expectedSha256: string): Problem {
  return {
    field: name,
    found: `${String(bytes.byteLength)} bytes with sha256 ${sha256Hex(bytes)}`,
    expected: `sha256 ${expectedSha256}`,
  };
}

async function readIfThere(filePath: string): Promise<Uint8Array | null> {
  try {
    return await readFile(filePath);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
