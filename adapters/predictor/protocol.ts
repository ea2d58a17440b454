import type { CohortDraw } from '../../domain/cohort.js';
import type { FailureType, Problem } from '../../domain/failure-types.js';
import type { ShardFacts } from '../../domain/shard-facts.js';

/** A model as the child needs it: where its files are, and how its inputs are encoded from columns. */
export interface ChildOnnxModel {
  readonly kind: 'onnx';
  /** How the model is called in error messages. */
  readonly label: string;
  readonly modelPath: string;
  readonly features: readonly EncodedFeature[];
  /** What a faster engine must reproduce before it is used; null: ONNX Runtime itself is asked for. */
  readonly proof: EngineProof | null;
}

export interface EngineProof {
  /** Digest of the model: what was proved once for it need not be proved again. */
  readonly identity: string;
  readonly goldenPath: string;
  /** The kernel that is kept with a model of trees; null where there is none. */
  readonly kernelPath: string | null;
}

/** One input column. Categories are listed in code order. */
export type EncodedFeature =
  | { readonly name: string; readonly kind: 'numeric' }
  | { readonly name: string; readonly kind: 'categorical'; readonly values: readonly string[] };

export type ChildModel = ChildOnnxModel | { readonly kind: 'baseline'; readonly expression: string };

/** A model whose rows are to be published. */
export interface ChildServingModel {
  readonly model: ChildModel;
  readonly modelDigest: string;
  readonly decisionThreshold: number;
  readonly cohort: string;
  readonly scoreCuts: readonly number[];
  readonly outputPath: string;
  /** In a split: the rows that the other model serves. */
  readonly shadowPath?: string;
}

/** Scores and carried columns of several models side by side, for evaluation. */
export interface ScoreTask {
  readonly kind: 'score';
  readonly parts: readonly string[];
  readonly models: readonly ChildModel[];
  readonly carry: readonly string[];
  readonly withLabel: boolean;
  readonly rows: number;
  readonly outputPath: string;
}

/** One part of a snapshot, scored as it is published, with the facts of its audit. */
export interface ShardTask {
  readonly kind: 'score-shard';
  readonly partPath: string;
  readonly rows: number;
  readonly models: readonly ChildServingModel[];
  /** The second model serves these entities; left out where the first one serves everybody. */
  readonly split?: CohortDraw;
  readonly runIdentity: string;
  readonly livePaths: readonly string[];
  readonly sliceColumns: readonly string[];
}

/** Encoded rows, scored in file order. */
export interface EncodedTask {
  readonly kind: 'score-encoded';
  readonly model: ChildOnnxModel;
  /** Whether scores that are no finite numbers are written rather than ending the task. */
  readonly keepsBadScores: boolean;
  readonly encodedPath: string;
  readonly outputPath: string;
}

/** Golden rows, scored by ONNX Runtime and compared with the scores that stand beside them. */
export interface CheckTask {
  readonly kind: 'check';
  readonly model: ChildOnnxModel;
  readonly goldenPath: string;
}

/** Golden rows of a new model, and its tree kernel where it has one that is proved. */
export interface GoldenTask {
  readonly kind: 'make-golden';
  readonly model: ChildOnnxModel;
  /** Encoded rows: spread rows come from the first file, rows that reach rare leaves from all of them. */
  readonly encodedPaths: readonly string[];
  readonly spreadRows: number;
  readonly goldenPath: string;
  readonly kernelPath: string;
}

export type PredictorTask = ScoreTask | ShardTask | EncodedTask | CheckTask | GoldenTask;

export interface ScoredRows {
  readonly rows: number;
}

export interface GoldenRows extends ScoredRows {
  /** Why there is no kernel; null where there is one. */
  readonly withoutKernel: string | null;
}

export interface CheckedRows extends ScoredRows {
  readonly maxDifference: number;
}

/** What a task answers, by its kind. */
export interface TaskResults {
  readonly score: ScoredRows;
  readonly 'score-shard': ShardFacts;
  readonly 'score-encoded': ScoredRows;
  readonly check: CheckedRows;
  readonly 'make-golden': GoldenRows;
}

export type TaskResult<T extends PredictorTask = PredictorTask> = TaskResults[T['kind']];

/** Parent to child. `tempDirectory` is private to this task and removed by the parent. */
export type ToChild =
  | {
      readonly type: 'start';
      readonly task: PredictorTask;
      readonly tempDirectory: string;
      readonly memoryLimitMb: number;
    }
  | { readonly type: 'interrupt' };

/** A permanent failure on its way to the parent, in the parts it is made of. */
export interface FailureMessage {
  readonly type: 'failed';
  readonly failureType: FailureType;
  readonly headline: string;
  readonly problems: readonly Problem[];
}

/** Child to parent. `error` is anything that is not a known permanent failure, and therefore transient. */
export type ToParent =
  | { readonly type: 'progress'; readonly rowsDone: number; readonly rows: number }
  | { readonly type: 'done'; readonly result: TaskResult }
  | FailureMessage
  | { readonly type: 'error'; readonly message: string };
