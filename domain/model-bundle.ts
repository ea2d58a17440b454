import type { FeatureKind } from './pipeline-definition.js';
import type { Window } from './window.js';

/** Categorical columns and their known values in code order; a value that is not listed has the code `values.length`. */
export type CategoryDictionary = Readonly<Record<string, readonly string[]>>;

/** `features.json`: the model's input columns, in tensor order. */
export interface FeatureList {
  readonly features: readonly { readonly name: string; readonly kind: FeatureKind }[];
  readonly kind: 'binary' | 'regression';
}

/** `profile.json`: what the model's training inputs and validation scores looked like; drift is measured against it. */
export interface TrainingProfile {
  readonly rows: number;
  readonly numeric: Readonly<
    Record<string, { readonly cuts: readonly number[]; readonly shares: readonly number[]; readonly nullShare: number }>
  >;
  readonly categorical: Readonly<
    Record<
      string,
      {
        readonly values: readonly string[];
        readonly shares: readonly number[];
        /** Left out by bundles from before it was measured. */
        readonly nullShare?: number;
      }
    >
  >;
  readonly scores: {
    readonly mean: number;
    readonly cuts: readonly number[];
    readonly shares: readonly number[];
    /** Validation rows behind the shares; left out by bundles from before they were counted. */
    readonly rows?: number;
  };
}

/**
 * `models/<digest>/manifest.json`. The model digest covers model.onnx, dictionary.json and features.json; the manifest
 * names every file of the bundle with its hash. golden.parquet holds encoded input rows and the scores they must give.
 */
export interface ModelManifest {
  readonly schemaVersion: 1;
  readonly modelDigest: string;
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly trainingSnapshotDigest: string;
  readonly trainingWindow: Window;
  readonly validationWindow: Window;
  /** Scores at or above it are positive decisions. */
  readonly decisionThreshold: number;
  readonly trainer: {
    readonly command: readonly string[];
    readonly params: Readonly<Record<string, unknown>>;
    readonly seed: number;
    readonly metrics: Readonly<Record<string, number>>;
    readonly importance: Readonly<Record<string, number>>;
    readonly libraryVersions: Readonly<Record<string, string>>;
  };
  readonly files: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
}
