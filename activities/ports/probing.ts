import type { LabelKind, MetricName } from '../../domain/metrics.js';
import type { DecisionPolicy, FeatureKind } from '../../domain/pipeline-definition.js';
import type { InputChange } from '../../domain/gates/input-changes.js';

/** Rows to probe with: encoded inputs as the scorer writes them (`row_key` first), and the sample that has their labels. */
export interface ProbedRows {
  readonly samplePath: string;
  readonly encodedPath: string;
  /** Input columns in the order of the model. */
  readonly features: readonly string[];
  /** Whether the sample has a `weight` by which metrics count its rows. */
  readonly isWeighted: boolean;
}

/**
 * What a model made of one variant of the rows. Variant 0 is the rows as they are.
 */
export interface VariantScores {
  readonly variant: number;
  readonly rows: number;
  /** Scores that are no finite numbers. */
  readonly badScores: number;
  /** Rows decided otherwise than variant 0 decides them, bad scores among them; null without a threshold. */
  readonly flips: number | null;
  /** Mean of the finite scores; null where there is none. */
  readonly meanScore: number | null;
  /** The metric that was asked for, by weight; null where it is undefined, as with a bad score. */
  readonly metric: number | null;
}

/** What one feature says about the label all alone. */
export interface LabelRelation {
  readonly feature: string;
  readonly rows: number;
  /** Whether it is the label, row by row; never where the label is the same on all rows. */
  readonly isLabel: boolean;
  /** AUC turned so that it is at least 0.5; null where undefined. */
  readonly auc: number | null;
}

/** Counts and compares rows for the probes, all in the engine: no row reaches JavaScript. */
export interface Prober {
  /** Writes at most `maxRows` labelled rows of the parts, drawn by a hash of key and seed, ordered by key; returns how many. */
  writeSample(args: {
    readonly parts: readonly string[];
    readonly maxRows: number;
    readonly seed: number;
    readonly outputPath: string;
    readonly signal: AbortSignal;
  }): Promise<number>;
  /** Writes rows of the parts one after another, again and again under other keys, until there are so many; ordered by key. */
  writeRepeated(args: {
    readonly parts: readonly string[];
    readonly rows: number;
    readonly outputPath: string;
    readonly signal: AbortSignal;
  }): Promise<number>;
  /**
   * Writes the rows as they are, then with each feature shuffled among the rows, `repeats` times: variant
   * 1 + feature · repeats + repeat. The same permutations serve every feature, as in scikit-learn.
   */
  writeShuffled(args: {
    readonly rows: ProbedRows;
    readonly repeats: number;
    readonly seed: number;
    readonly outputPath: string;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** Writes the rows as they are, then once for each list of changes: variant 1 + its place. */
  writeChanged(args: {
    readonly rows: ProbedRows;
    readonly variants: readonly (readonly InputChange[])[];
    readonly outputPath: string;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** Compares the scores of stacked variants, which stand in the order of the stacked rows, with those of variant 0. */
  measureVariants(args: {
    readonly stackedPath: string;
    readonly scoredPath: string;
    readonly metric: MetricName;
    readonly decisionThreshold: number | null;
    readonly decision: Pick<DecisionPolicy, 'topShare' | 'value'>;
    readonly signal: AbortSignal;
  }): Promise<readonly VariantScores[]>;
  /** Distinct row keys of the parts that are among the row keys of the others. */
  countSharedKeys(args: {
    readonly parts: readonly string[];
    readonly otherParts: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<number>;
  /**
   * Ranks the labelled rows by one feature after another. A missing number ranks above every number. A category ranks by
   * the share of positive labels it has in the other half of the rows (halved by a hash of the key), so that no row
   * tells its own label; one that is only in this half ranks by the share of all rows.
   */
  relateToLabel(args: {
    readonly parts: readonly string[];
    readonly features: readonly { readonly name: string; readonly kind: FeatureKind }[];
    readonly labelKind: LabelKind;
    readonly signal: AbortSignal;
  }): Promise<readonly LabelRelation[]>;
  /** AUC of the challenger's scores in a fold file, and of the scores `score_0` of the same rows in another file. */
  compareScores(args: {
    readonly foldPath: string;
    readonly scoredPath: string;
    readonly signal: AbortSignal;
  }): Promise<{ readonly rows: number; readonly foldAuc: number | null; readonly auc: number | null }>;
  /**
   * Joins two snapshots of one window by row key: rows on both sides, rows on one side only, and by feature the rows on
   * both sides whose value is not the very same.
   */
  compareInputs(args: {
    readonly storedParts: readonly string[];
    readonly currentParts: readonly string[];
    readonly features: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<{
    readonly rows: number;
    readonly unmatched: number;
    readonly features: readonly { readonly feature: string; readonly differing: number }[];
  }>;
  /** Rows on both sides, and the largest distance of published scores from their scores `score_0`; null without such rows. */
  compareReplayed(args: {
    readonly publishedPaths: readonly string[];
    readonly scoredPath: string;
    readonly signal: AbortSignal;
  }): Promise<{ readonly rows: number; readonly difference: number | null }>;
}
