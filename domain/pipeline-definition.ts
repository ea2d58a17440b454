import type { GateSpec } from './gates/gate-rule.js';
import type { DecayMargin, DecayMetric } from './monitoring/decay-policy.js';
import type { ApprovalPolicy } from './promotion/approval-policy.js';
import type { AnalysisPolicy, RolloutStep, WatchPolicy } from './rollout/rollout-policy.js';
import type { SourceFormat } from './source-paths.js';
import type { ValidationRule } from './validation/rules.js';

/**
 * A pipeline as Gauntlet works with it: every default filled in, durations in milliseconds, SQL texts read.
 * What users write is looser; `contracts/define-pipeline.ts` turns that into this.
 */
export interface PipelineDefinition {
  readonly name: string;
  /** The registered model in MLflow. */
  readonly registeredName: string;
  readonly dataset: DatasetDefinition;
  readonly window: WindowPolicy;
  readonly label: LabelPolicy;
  readonly decision: DecisionPolicy;
  readonly baseline: BaselineDefinition;
  readonly training: TrainingPolicy;
  readonly backtest: BacktestPolicy;
  readonly gates: readonly GateSpec[];
  readonly approval: ApprovalPolicy;
  /** What lies between approval and the change of champion; none: the champion changes at once. */
  readonly rollout: readonly RolloutStep[];
  readonly watch: WatchPolicy;
  readonly analysis: AnalysisPolicy;
  /** What rows have to be like before they are used, besides what always holds. */
  readonly validation: readonly ValidationRule[];
  readonly audit: AuditPolicy;
  readonly monitor: MonitorPolicy;
  readonly retrain: RetrainPolicy;
  readonly schedules: SchedulePolicy;
  readonly retention: RetentionPolicy;
  readonly notify: { readonly webhookUrl: string | null };
  readonly registry: RegistryPolicy;
}

export type FeatureKind = 'numeric' | 'categorical';

export interface DatasetDefinition {
  /** Sources by the table name the SQL uses. */
  readonly sources: Readonly<Record<string, SourceDefinition>>;
  /** One SELECT over the sources. It may use `$window_start`, `$window_end` and `$as_of` (TIMESTAMPs). */
  readonly sql: string;
  /**
   * One SELECT over the sources that gives one row with `first` and `last`, the earliest and latest event time. Asked
   * before every snapshot, so it should be answered from little more than the source's statistics.
   */
  readonly coverage: string;
  /** Column that names a row uniquely. */
  readonly key: string;
  /** Column that a cohort is drawn by. */
  readonly entity: string;
  /** TIMESTAMP or DATE column that places a row in a window. */
  readonly eventTime: string;
  /** Feature columns in the order the model sees them. */
  readonly features: readonly { readonly name: string; readonly kind: FeatureKind }[];
  /** Columns that only evaluation sees, to judge fairness by: never a feature, never in a log. */
  readonly sensitive: readonly string[];
}

/** Where the rows of one table come from. What is left out has no say in the identity of a definition. */
export interface SourceDefinition {
  /** A file, a glob, a folder, or an `s3://` URL of any of them. Paths of files are absolute after loading. */
  readonly path: string;
  readonly format: SourceFormat;
  /** Whether `key=value` folders are columns; found out from the folders when left out. */
  readonly hive?: boolean;
  /** The table of a DuckDB file, `name` or `schema.name`. */
  readonly table?: string;
  /** SQL types of CSV columns, or of partition columns, that are not to be guessed. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Column that says when a row became known; rows later than the data clock are hidden from the SQL. */
  readonly availableAt?: string;
}

export interface WindowPolicy {
  readonly everyMs: number;
  /** The first window that is ever scored begins here. */
  readonly start: string;
}

export interface LabelPolicy {
  readonly column: string;
  readonly kind: 'binary' | 'regression';
  /** Time from the end of a window until its labels are known. */
  readonly delayMs: number;
  /** TIMESTAMP column of the dataset that says when the row's label became known. */
  readonly availableAt: string;
  /** Share of rows that need a label before a window can be judged, 0..1. */
  readonly minCoverage: number;
  /** How late rows may reach the sources after they are known; the gap of a backtest covers it too. */
  readonly ingestionDelayMs: number;
  /** Numeric column of the dataset that says how much a row counts in metrics; null: every row counts once. */
  readonly weight: string | null;
}

/** What a decision brings, or costs where it is negative, in the pipeline's own unit. */
export interface DecisionValue {
  readonly unit: string;
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

export interface DecisionPolicy {
  /** Share of validation rows that the threshold calls positive, 0..1. */
  readonly positiveRate: number;
  /** Share of the rows with the highest scores that lift and recall at the top look at, 0..1. */
  readonly topShare: number;
  readonly value: DecisionValue | null;
}

export interface BaselineDefinition {
  /** A SQL expression over the feature columns that gives a score. */
  readonly expression: string;
  /** Scores at or above it are positive decisions when the baseline has to serve. */
  readonly threshold: number;
}

export interface TrainingPolicy {
  readonly command: readonly string[];
  /** Length of the training window. */
  readonly windowMs: number;
  /** Length of the validation window between training and backtest. */
  readonly validationMs: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly timeoutMs: number;
}

/** Walk-forward folds after the validation window of the younger model. */
export interface BacktestPolicy {
  readonly folds: number;
  readonly foldMs: number;
  /** From the start of a fold to the start of the next; at least a fold, so that no row is judged twice. */
  readonly stepMs: number;
  /** At least label delay and ingestion delay. */
  readonly gapMs: number;
  /** Where versions are trained for each fold: on everything before it, or on a window of constant length. */
  readonly scheme: 'rolling' | 'expanding';
  /** What is resampled as one: rows of a day, or rows of an entity hashed into at most 256 blocks. */
  readonly blocks: 'day' | 'entity';
  readonly replicates: number;
  readonly confidence: number;
  readonly seed: number;
}

export interface AuditPolicy {
  /** Smallest and largest share of the trailing median row count that a window may have. */
  readonly minRowShare: number;
  readonly maxRowShare: number;
  /** Largest share of rows that may be quarantined, 0..1. */
  readonly maxQuarantineShare: number;
  /**
   * Largest tolerated distance of the mean score from the model's own validation mean, in units of that mean; where the
   * label is a number, of the width of the validation scores (first to last tenth) if that is more.
   */
  readonly maxMeanShift: number;
  /**
   * Largest tolerated population stability index of the scores against the model's validation scores; null: it is only
   * reported.
   */
  readonly maxScorePsi: number | null;
  readonly churn: ChurnPolicy;
}

/** How many decisions a republication may turn around before a person has to look. Shadows are only reported. */
export interface ChurnPolicy {
  /** Largest share of rows whose decision differs from what is published for the window, 0..1. */
  readonly max: number;
  /** The same for each slice that a worst-slice gate names, 0..1. */
  readonly maxSlice: number;
  /** Smaller slices are not judged: a few rows flip easily. */
  readonly minSliceRows: number;
}

export interface MonitorPolicy {
  /** Population stability index from which a feature counts as drifted. */
  readonly psiLimit: number;
  /** What decay is judged by. */
  readonly metric: DecayMetric;
  /** How much worse than the promoting report the metric has to be until that is decay. */
  readonly decayMargin: DecayMargin;
  /**
   * Features that are not compared with the training rows, because they follow from the window's own time, as the weekday
   * of a window of one day does. Left out: none.
   */
  readonly ignore?: readonly string[];
}

export interface RetrainPolicy {
  readonly cooldownMs: number;
  readonly maxAgeMs: number;
  readonly minNewLabelledRows: number;
  readonly maxPerWeek: number;
}

export interface SchedulePolicy {
  readonly score: string | null;
  readonly monitor: string | null;
  readonly retrain: string | null;
  readonly catchUpMs: number;
  readonly paused: boolean;
}

/** What `collect` may take out of the store, and when. Null keeps for ever. */
export interface RetentionPolicy {
  /** Files being written whose process is gone. */
  readonly stagedAfterMs: number;
  /** Files that nothing names: longer than any run that may still want to name them. */
  readonly graceMs: number;
  /** How far back everything that was served, and what it was made from, stays whole. */
  readonly rollbackHorizonMs: number;
  /** Publications since they were last served. */
  readonly publicationsAfterMs: number | null;
  /** Snapshots that no model, no evidence and no publication within the horizon was made from, since they were written. */
  readonly snapshotsAfterMs: number | null;
  /** Models since they were registered, or were champion for the last time. */
  readonly modelsAfterMs: number | null;
}

export interface RegistryPolicy {
  /**
   * What is done about an alias that somebody else moved or deleted: `alarm` leaves it alone and says so, `restore` sets
   * it again, `adopt` makes the version it names champion, where that is one of ours which nobody decided against.
   */
  readonly onAliasMoved: 'alarm' | 'restore' | 'adopt';
}
