import { metricTraits, type LabelKind, type MetricName } from '../metrics.js';
import type { DecisionValue } from '../pipeline-definition.js';
import type { Window } from '../window.js';

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
  /** Metrics whose interval some gate needs in every slice. Those of cheap sums have one anyway. */
  readonly sliceMetrics: readonly MetricName[];
  readonly labelKind: LabelKind;
  /** Share of the highest scores that lift and recall at the top look at. */
  readonly topShare: number;
  readonly value: DecisionValue | null;
  /**
   * What is resampled as one. Rows of a day share weather, strikes and holidays; rows of an entity share what it is: they
   * are not independent.
   */
  readonly blocks: 'day' | 'entity';
  readonly replicates: number;
  /** Of the two-sided intervals, 0..1. A bound used alone is a one-sided test at (1 - confidence) / 2. */
  readonly confidence: number;
  /**
   * How many challengers have been judged on rows that overlap these, this one included. The k-th is tested at a k-th of
   * the level, so that trying again and again on one holdout gets harder each time.
   */
  readonly reuse: number;
  readonly seed: number;
}

/** A number that could be measured, or null and the reason why not. Never NaN, never an invented 0. */
export type MetricValue =
  { readonly value: number; readonly reason: null } | { readonly value: null; readonly reason: string };

/** By metric; one that does not fit the kind of label, or was not asked for, is not there. */
export type Metrics = Readonly<Partial<Record<MetricName, MetricValue>>>;

/** How sure a number is. All fields are null together, and then `reason` says why. */
export interface Uncertainty {
  readonly lower: number | null;
  readonly upper: number | null;
  /** Standard error. */
  readonly se: number | null;
  /** Blocks that were resampled. */
  readonly blocks: number;
  readonly reason: string | null;
}

/** A metric of one side with its interval. */
export interface MetricEstimate extends Uncertainty {
  readonly value: number | null;
}

export type MetricEstimates = Readonly<Partial<Record<MetricName, MetricEstimate>>>;

/** Challenger minus champion in the metric's own unit: above zero is better for AUC and worse for the error metrics. */
export interface Difference extends Uncertainty {
  readonly estimate: number | null;
  /** Smallest true difference this sample would notice with 80 % power at the interval's one-sided level. */
  readonly minimumDetectable: number | null;
}

export type Differences = Readonly<Partial<Record<MetricName, Difference>>>;

/** A metric of a comparison, with a reason where it was not measured. */
export function metricIn(metrics: Metrics, metric: MetricName): MetricValue {
  return metrics[metric] ?? { value: null, reason: NOT_MEASURED };
}

export function estimateIn(estimates: MetricEstimates, metric: MetricName): MetricEstimate {
  return estimates[metric] ?? { value: null, lower: null, upper: null, se: null, blocks: 0, reason: NOT_MEASURED };
}

export function differenceIn(differences: Differences, metric: MetricName): Difference {
  const none = { estimate: null, lower: null, upper: null, se: null, blocks: 0, minimumDetectable: null };
  const { better } = metricTraits[metric];
  const reason =
    typeof better === 'object'
      ? `it is best at ${String(better.target)}, so two of them are not compared`
      : NOT_MEASURED;
  return differences[metric] ?? { ...none, reason };
}

const NOT_MEASURED = 'the comparison does not hold this metric';

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

/** Rows of similar prediction: the number that was predicted and the one that was observed, on average. */
export interface ObservedBin {
  readonly rows: number;
  readonly meanScore: number;
  readonly meanLabel: number;
}

/** Counts of rows by score in bins of equal width over a range; the last bin includes its end. */
export interface ScoreHistogram {
  readonly counts: readonly number[];
  /** Scores beyond the range. */
  readonly outside: number;
  /** From the lowest to the highest prediction of both sides; left out for probabilities, which are 0..1. */
  readonly range?: { readonly least: number; readonly most: number };
}

/** Decisions that would change, each side at its own threshold. */
export interface DecisionFlips {
  readonly rows: number;
  readonly championPositives: number;
  readonly challengerPositives: number;
  /**
   * Negative for the champion, positive for the challenger; and how many of these rows were in truth positive: null where
   * the label is a number, which is neither.
   */
  readonly toPositive: number;
  readonly toPositiveRight: number | null;
  /** Positive for the champion, negative for the challenger; and how many of these rows were in truth negative. */
  readonly toNegative: number;
  readonly toNegativeRight: number | null;
}

/** The paired difference of two AUCs by DeLong, DeLong and Clarke-Pearson 1988, which takes rows as independent. */
export interface DeLongDifference {
  readonly estimate: number;
  readonly se: number;
  readonly lower: number;
  readonly upper: number;
}

/** A row on which the sides differ most. */
export interface MovedRow {
  readonly rowKey: string;
  readonly champion: number;
  readonly challenger: number;
  readonly label: number;
}

/** Both sides on identical rows. Numbers are rounded to 12 significant digits, so order and threads leave no trace. */
export interface Comparison {
  readonly champion: ComparedSide;
  readonly challenger: ComparedSide;
  readonly labelKind: LabelKind;
  /** What was measured, in the order reports show it. */
  readonly metrics: readonly MetricName[];
  readonly rows: number;
  /** Rows whose label is positive; of a regression, above zero. */
  readonly positives: number;
  readonly days: number;
  /** Order-free digest over fold, row key, day and label of every compared row. */
  readonly rowsDigest: string;
  readonly method: {
    /** What was drawn: days also where entities were asked for and the rows name none. */
    readonly blocks: 'day' | 'entity';
    readonly replicates: number;
    /** Of the policy. Intervals are wider where the rows were judged on before: see `level`. */
    readonly confidence: number;
    readonly reuse: number;
    /** Of the intervals in this comparison: 1 - (1 - confidence) / reuse. */
    readonly level: number;
    readonly seed: number;
    readonly interval: 'block-bootstrap-t';
  };
  readonly folds: readonly FoldComparison[];
  readonly pooled: {
    readonly champion: MetricEstimates;
    readonly challenger: MetricEstimates;
    readonly differences: Differences;
    /** Null without both classes, and for regression. */
    readonly deLong: DeLongDifference | null;
  };
  readonly slices: readonly SliceComparison[];
  readonly reliability: {
    readonly champion: readonly ReliabilityBin[];
    readonly challenger: readonly ReliabilityBin[];
  };
  /** Tenths of the rows by prediction; of a regression only, and left out by reports from before it was kept. */
  readonly observed?: { readonly champion: readonly ObservedBin[]; readonly challenger: readonly ObservedBin[] };
  readonly histograms: { readonly champion: ScoreHistogram; readonly challenger: ScoreHistogram };
  /** Null when a side has no threshold, and in reports of a regression from before decisions on a number were counted. */
  readonly flips: DecisionFlips | null;
  /** The rows whose score moves most, by distance and then by key. */
  readonly movers: readonly MovedRow[];
  /** Every row got the same score from both: there is nothing to compare. */
  readonly identicalScores: boolean;
}
