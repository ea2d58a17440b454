import type { CohortDraw } from '../../domain/cohort.js';
import type { ShardFacts } from '../../domain/shard-facts.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';

/** What gives scores: a model bundle on the local disk, or the pipeline's baseline expression. */
export type ScoringModel =
  | { readonly kind: 'onnx'; readonly modelDigest: string; readonly bundlePath: string }
  | { readonly kind: 'baseline'; readonly modelDigest: 'baseline'; readonly expression: string };

export interface ScoreRequest {
  readonly snapshot: SnapshotManifest;
  readonly parts: readonly string[];
  /** Scored in one pass over the data. */
  readonly models: readonly ScoringModel[];
  /** Staged Parquet: `row_key`, what is carried, then FLOAT `score_0`, `score_1` … in model order. */
  readonly outputPath: string;
  /** Also carry these snapshot columns (and `label` where present) into the output: time and slices, for evaluation. */
  readonly carry?: readonly string[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly rowsDone: number; readonly rows: number }) => void;
}

/** A model whose rows are to be published, and where its file goes. */
export interface ServingModel {
  readonly scoring: ScoringModel;
  /** Scores at or above it are positive decisions. */
  readonly decisionThreshold: number;
  readonly cohort: 'champion' | 'challenger' | 'fallback' | 'shadow';
  /** Cuts between the bins that its scores are counted in: the inner deciles of its validation scores; empty for a baseline. */
  readonly scoreCuts: readonly number[];
  /** Staged Parquet: row_key, score, decision, model_digest, cohort, run_identity, ordered by row_key. */
  readonly outputPath: string;
  /** In a split only: the rows that the other model serves, in the same form, with the cohort `shadow`. */
  readonly shadowPath?: string;
}

export interface ShardRequest {
  readonly snapshot: SnapshotManifest;
  /** Verified local path of one part of the snapshot. */
  readonly partPath: string;
  /** Rows of the part, as its manifest says. */
  readonly rows: number;
  /** Scored in one pass over the part; the first one serves. */
  readonly models: readonly ServingModel[];
  /**
   * The first model serves the entities outside this cohort, the second those in it. There are exactly two then, and both
   * have a `shadowPath`; a file may come out empty.
   */
  readonly split?: CohortDraw;
  readonly runIdentity: string;
  /** Files that are published for the window now, and the snapshot columns by whose values churn is counted. */
  readonly churn: { readonly livePaths: readonly string[]; readonly sliceColumns: readonly string[] };
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Hears how much memory the process held at most meanwhile; not where the system does not tell. */
  readonly onPeakMemory?: (residentMb: number) => void;
  readonly onProgress?: (progress: { readonly rowsDone: number; readonly rows: number }) => void;
}

/** Two publications of one window. The older one's files come in key order. */
export interface CorrectionPair {
  readonly window: string;
  readonly oldPaths: readonly string[];
  readonly newPaths: readonly string[];
  /** Parts of the snapshot, whose column `entity` says whom a row is about; null where the snapshot is gone. */
  readonly snapshotPaths: readonly string[] | null;
}

/** How two publications of a window differ. */
export interface ChangeCount {
  readonly window: string;
  /** Of the older one. */
  readonly rows: number;
  /** Positive decisions of the older one. */
  readonly positives: number;
  /** Null where there is nothing to compare with. */
  readonly decisionsChanged: number | null;
}

/** Runs models over snapshots in a child process; the worker only watches. */
export interface Scorer {
  /**
   * Scores one part of a snapshot with all models, writes each model's file as it is published, and counts what an
   * audit decides on from the files as they were written. Throws what `score` throws.
   */
  scoreShard(request: ShardRequest): Promise<ShardFacts>;
  /** Throws MODEL_CORRUPT, MODEL_SIGNATURE_MISMATCH, MODEL_BAD_OUTPUT, MODEL_TIMEOUT, MODEL_OUT_OF_MEMORY. */
  score(request: ScoreRequest): Promise<{ readonly rows: number }>;
  /** Those rows of a scored file whose key one of the key files has, in the same order and columns. Answers how many. */
  writeRowsOf(args: {
    readonly scoredPath: string;
    readonly keyPaths: readonly string[];
    readonly outputPath: string;
  }): Promise<number>;
  /**
   * Rows whose decision (or score) differs between two publications of one window, each of one or more files, in the
   * order of window and key: window, row_key, entity, old and new score and decision, both model digests.
   */
  writeCorrections(args: {
    readonly pairs: readonly CorrectionPair[];
    readonly outputPath: string;
  }): Promise<{ readonly rowsReplaced: number; readonly scoresChanged: number; readonly decisionsChanged: number }>;
  /** What `writeCorrections` would count, window by window, without writing anything. */
  countChanges(args: { readonly pairs: readonly CorrectionPair[] }): Promise<readonly ChangeCount[]>;
  /** Encoded float32 inputs of a snapshot for one model, with `row_key` first; for `gauntlet predictions --inputs`. */
  writeInputs(args: {
    readonly parts: readonly string[];
    readonly model: ScoringModel;
    readonly outputPath: string;
  }): Promise<number>;
  /** Scores encoded rows (a Parquet with the feature columns) in file order. For thresholds at training time. */
  scoreEncoded(args: {
    readonly modelPath: string;
    readonly features: readonly string[];
    readonly encodedPath: string;
    readonly outputPath: string;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly rows: number }>;
  /**
   * Scores encoded rows in file order by the engine that serves the model, for inputs that no dataset gave: a score that
   * is no finite number is left as it is.
   */
  scoreInputs(args: {
    readonly model: Extract<ScoringModel, { kind: 'onnx' }>;
    readonly encodedPath: string;
    readonly outputPath: string;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly rows: number }>;
  /**
   * Writes the golden rows of a new model with the scores ONNX Runtime gives for them, and beside them the tree kernel
   * of a model of trees, if its scores are the same; `withoutKernel` says why not. The first of the encoded files holds
   * the validation rows.
   */
  makeGolden(args: {
    readonly modelPath: string;
    readonly features: readonly string[];
    readonly encodedPaths: readonly string[];
    readonly spreadRows: number;
    readonly goldenPath: string;
    readonly kernelPath: string;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly rows: number; readonly withoutKernel: string | null }>;
  /** Loads the bundle, checks the signature, scores its golden rows; largest difference from the stored scores. */
  checkBundle(args: {
    readonly bundlePath: string;
    readonly timeoutMs: number;
  }): Promise<{ readonly rows: number; readonly maxDifference: number }>;
}
