import type { MetricName } from '../pipeline-definition.js';
import type { Window } from '../window.js';

/** Every metric of a comparison, in the order reports show them. */
export const metricNames: readonly MetricName[] = ['auc', 'logLoss', 'brier', 'ece'];

/** Whether more of the metric is better; for the error metrics less is. */
export function isHigherBetter(metric: MetricName): boolean {
  return metric === 'auc';
}

/** One of the two that are compared. A baseline has the digest `baseline`. */
export interface ComparedSide {
  readonly modelDigest: string;
  /** For people, like `flights v3` or `baseline`. */
  readonly label: string;
  readonly kind: 'onnx' | 'baseline';
  /** Scores at or above it are positive decisions; null where the side has none, and then no flips are counted. */
  readonly decisionThreshold: number | null;
}

export interface ComparisonRequest {
  readonly champion: ComparedSide;
  readonly challenger: ComparedSide;
  readonly folds: readonly { readonly fold: number; readonly window: Window }[];
  /** Columns of the fold files that are compared value by value. */
  readonly sliceColumns: readonly string[];
  /** What is resampled as one: rows of a day share weather, strikes and holidays, so they are not independent. */
  readonly blocks: 'day';
  readonly replicates: number;
  /** Of the two-sided intervals, 0..1. A bound used alone is a one-sided test at (1 - confidence) / 2. */
  readonly confidence: number;
  readonly seed: number;
}

/** A number that could be measured, or null and the reason why not. Never NaN, never an invented 0. */
export type MetricValue =
  { readonly value: number; readonly reason: null } | { readonly value: null; readonly reason: string };

export type Metrics = Readonly<Record<MetricName, MetricValue>>;

/** How sure a number is. All fields are null together, and then `reason` says why. */
export interface Uncertainty {
  readonly lower: number | null;
  readonly upper: number | null;
  /** Standard error. */
  readonly se: number | null;
  /** Days that were resampled. */
  readonly blocks: number;
  readonly reason: string | null;
}

/** A metric of one side with its interval. */
export interface MetricEstimate extends Uncertainty {
  readonly value: number | null;
}

export type MetricEstimates = Readonly<Record<MetricName, MetricEstimate>>;

/** Challenger minus champion in the metric's own unit: above zero is better for AUC and worse for the error metrics. */
export interface Difference extends Uncertainty {
  readonly estimate: number | null;
  /** Smallest true difference this sample would notice with 80 % power at the interval's one-sided level. */
  readonly minimumDetectable: number | null;
}

export type Differences = Readonly<Record<MetricName, Difference>>;

export interface FoldComparison {
  readonly fold: number;
  readonly window: Window;
  readonly rows: number;
  readonly positives: number;
  readonly days: number;
  readonly champion: Metrics;
  readonly challenger: Metrics;
  readonly differences: Differences;
}

/** One value of a slice column, over all folds. */
export interface SliceComparison {
  readonly column: string;
  /** Null is the slice of rows without a value. */
  readonly value: string | null;
  readonly rows: number;
  readonly positives: number;
  readonly champion: Metrics;
  readonly challenger: Metrics;
  readonly differences: Differences;
}

/** Rows of similar score: what the model promised and what happened. */
export interface ReliabilityBin {
  readonly rows: number;
  readonly meanScore: number;
  readonly positiveShare: number;
}

/** Counts of rows by score in bins of equal width over 0..1; the last bin includes 1. */
export interface ScoreHistogram {
  readonly counts: readonly number[];
  /** Scores below 0 or above 1, which no probability has. */
  readonly outside: number;
}

/** Decisions that would change, each side at its own threshold. */
export interface DecisionFlips {
  readonly rows: number;
  readonly championPositives: number;
  readonly challengerPositives: number;
  /** Negative for the champion, positive for the challenger; and how many of these rows were in truth positive. */
  readonly toPositive: number;
  readonly toPositiveRight: number;
  /** Positive for the champion, negative for the challenger; and how many of these rows were in truth negative. */
  readonly toNegative: number;
  readonly toNegativeRight: number;
}

/** Both sides on identical rows. Numbers are rounded to 12 significant digits, so order and threads leave no trace. */
export interface Comparison {
  readonly champion: ComparedSide;
  readonly challenger: ComparedSide;
  readonly rows: number;
  readonly positives: number;
  readonly days: number;
  /** Order-free digest over fold, row key, day and label of every compared row. */
  readonly rowsDigest: string;
  readonly method: {
    readonly blocks: 'day';
    readonly replicates: number;
    readonly confidence: number;
    readonly seed: number;
    readonly interval: 'block-bootstrap-t';
  };
  readonly folds: readonly FoldComparison[];
  readonly pooled: {
    readonly champion: MetricEstimates;
    readonly challenger: MetricEstimates;
    readonly differences: Differences;
  };
  readonly slices: readonly SliceComparison[];
  readonly reliability: {
    readonly champion: readonly ReliabilityBin[];
    readonly challenger: readonly ReliabilityBin[];
  };
  readonly histograms: { readonly champion: ScoreHistogram; readonly challenger: ScoreHistogram };
  /** Null when a side has no threshold. */
  readonly flips: DecisionFlips | null;
  /** Every row got the same score from both: there is nothing to compare. */
  readonly identicalScores: boolean;
}
