import { z } from 'zod';
import type { CategoryDictionary, FeatureList, ModelManifest, TrainingProfile } from '../domain/model-bundle.js';
import { digestOf } from './digest.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex characters');
const finite = z.number();
const share = z.number().min(0).max(1);
const instant = z.iso.datetime();
const window = z.object({ start: instant, end: instant });

/** `dictionary.json`. A value listed twice would have two codes, so it is refused. */
export const categoryDictionarySchema: z.ZodType<CategoryDictionary> = z.record(
  z.string(),
  z.array(z.string()).refine((values) => new Set(values).size === values.length, 'every value once'),
);

/** `features.json`: at least one column, each once. */
export const featureListSchema: z.ZodType<FeatureList> = z.object({
  features: z
    .array(z.object({ name: z.string().min(1), kind: z.enum(['numeric', 'categorical']) }))
    .min(1)
    .refine((features) => new Set(features.map((f) => f.name)).size === features.length, 'every feature once'),
  kind: z.enum(['binary', 'regression']),
});

/** `profile.json`. */
export const trainingProfileSchema: z.ZodType<TrainingProfile> = z.object({
  rows: z.int().min(0),
  numeric: z.record(z.string(), z.object({ cuts: z.array(finite), shares: z.array(share), nullShare: share })),
  categorical: z.record(
    z.string(),
    z.object({ values: z.array(z.string()), shares: z.array(share), nullShare: share.exactOptional() }),
  ),
  scores: z.object({
    mean: finite,
    cuts: z.array(finite),
    shares: z.array(share),
    rows: z.int().min(0).exactOptional(),
  }),
});

/** `manifest.json`. File names are plain names inside the bundle: a path could leave it. */
export const modelManifestSchema: z.ZodType<ModelManifest> = z.object({
  schemaVersion: z.literal(1),
  modelDigest: sha256,
  pipeline: z.string().min(1),
  definitionDigest: sha256,
  trainingSnapshotDigest: sha256,
  trainingWindow: window,
  validationWindow: window,
  decisionThreshold: finite,
  trainer: z.object({
    command: z.array(z.string()),
    params: z.record(z.string(), z.unknown()),
    seed: z.int(),
    metrics: z.record(z.string(), finite),
    importance: z.record(z.string(), finite),
    libraryVersions: z.record(z.string(), z.string()),
  }),
  files: z.array(
    z.object({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a plain file name'),
      sha256,
      bytes: z.int().min(0),
    }),
  ),
});

/** The files that make a model what it is: they alone decide its digest, and no bundle is complete without them. */
export const identifyingFiles = ['model.onnx', 'dictionary.json', 'features.json'] as const;

/** sha256 (64 hex characters) of each identifying file. */
export type IdentifyingHashes = Readonly<Record<(typeof identifyingFiles)[number], string>>;

/**
 * A model's identity: the sha256 of the canonical JSON of its identifying files' hashes. Files with times in them
 * (manifest, profile, golden rows) do not count, so training twice with one seed gives one identity.
 */
export function computeModelDigest(hashes: IdentifyingHashes): string {
  return digestOf({
    'model.onnx': hashes['model.onnx'],
    'dictionary.json': hashes['dictionary.json'],
    'features.json': hashes['features.json'],
  });
}
