import type { FailureType, Problem } from '../../domain/failure-types.js';

/** A model as the child needs it: where its file is, and how its inputs are encoded from columns. */
export interface ChildOnnxModel {
  readonly kind: 'onnx';
  /** How the model is called in error messages. */
  readonly label: string;
  readonly modelPath: string;
  readonly features: readonly EncodedFeature[];
}

/** One input column. Categories are listed in code order. */
export type EncodedFeature =
  | { readonly name: string; readonly kind: 'numeric' }
  | { readonly name: string; readonly kind: 'categorical'; readonly values: readonly string[] };

export type ChildModel = ChildOnnxModel | { readonly kind: 'baseline'; readonly expression: string };

/** What the child may be asked. One child answers one task and ends. */
export type PredictorTask =
  | {
      readonly kind: 'score';
      readonly parts: readonly string[];
      readonly models: readonly ChildModel[];
      readonly carry: readonly string[];
      readonly withLabel: boolean;
      readonly rows: number;
      readonly outputPath: string;
    }
  | {
      readonly kind: 'score-encoded';
      readonly model: ChildOnnxModel;
      readonly encodedPath: string;
      readonly outputPath: string;
    }
  | { readonly kind: 'check'; readonly model: ChildOnnxModel; readonly goldenPath: string };

export interface ScoredRows {
  readonly rows: number;
}

export interface CheckedRows extends ScoredRows {
  readonly maxDifference: number;
}

/** Parent to child. `tempDirectory` is private to this child and removed by the parent. */
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
  | { readonly type: 'done'; readonly result: ScoredRows | CheckedRows }
  | FailureMessage
  | { readonly type: 'error'; readonly message: string };
