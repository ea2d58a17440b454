import type { CategoryDictionary, FeatureList, ModelManifest, TrainingProfile } from '../../domain/model-bundle.js';

/** A verified bundle on the local disk. */
export interface LocalBundle {
  readonly bundlePath: string;
  readonly manifest: ModelManifest;
  readonly features: FeatureList;
  readonly dictionary: CategoryDictionary;
}

/** What a training run left, ready to become a bundle. Paths are local. */
export interface BundleMaterial {
  /** A private folder that the bundle's files are written to first. */
  readonly folder: string;
  readonly modelPath: string;
  readonly features: FeatureList;
  readonly dictionary: CategoryDictionary;
  /** Encoded validation rows: the threshold, the score profile and golden rows come from them. */
  readonly validationPath: string;
  /** Encoded training rows: with the validation rows they say which leaves of a tree are ever reached. */
  readonly trainingPath: string;
  /** Share of validation rows that the threshold calls positive, 0..1. */
  readonly decisionRate: number;
  readonly inputs: Omit<TrainingProfile, 'scores'>;
  readonly lineage: Omit<ModelManifest, 'schemaVersion' | 'modelDigest' | 'decisionThreshold' | 'files'>;
}

export interface AssembledBundle {
  readonly modelDigest: string;
  /** Why no tree kernel stands beside the model; null where one does. */
  readonly withoutKernel: string | null;
}

/** The models in the store. */
export interface ModelBundles {
  /** Verifies every file against the manifest. Throws MODEL_MISSING or MODEL_CORRUPT. */
  open(modelDigest: string): Promise<LocalBundle>;
  profile(modelDigest: string): Promise<TrainingProfile>;
  /** Name of the model's one output tensor. */
  outputName(modelDigest: string): Promise<string>;
  /** The first golden rows as encoded inputs in feature order; null is a missing value. */
  sampleInputs(modelDigest: string, rows: number): Promise<readonly (readonly (number | null)[])[]>;
  /** Completes the material and makes it a bundle of the store; repeating it with equal content is success. */
  assemble(material: BundleMaterial): Promise<AssembledBundle>;
}
