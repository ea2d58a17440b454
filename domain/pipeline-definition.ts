import type { MetricName } from './metrics.js';
import type { ValidationRule } from './validation/rules.js';
import type { SourceFormat } from './source-paths.js';

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

/** What a failed gate means: `enforce` stops the promotion, `advise` is shown to the approver, `observe` is only kept. */
export type GateMode = 'enforce' | 'advise' | 'observe';

export type FairnessMeasure = 'demographic-parity' | 'equalized-odds' | 'equal-opportunity';

/** One named check of the promotion policy, without its mode. A limit is in the metric's own unit. */
export type GateRule =
  /** Absolute floor of the challenger's own metric, or ceiling where less is better. */
  | { readonly check: 'floor'; readonly metric: MetricName; readonly limit: number }
  /** Non-inferiority to the champion. The margin is above zero: without one, `better` is what is meant. */
  | { readonly check: 'not-worse'; readonly metric: MetricName; readonly margin: number }
  /** Superiority over the champion by more than `by`. */
  | { readonly check: 'better'; readonly metric: MetricName; readonly by: number }
  | { readonly check: 'beats-baseline'; readonly metric: MetricName; readonly by: number }
  | {
      readonly check: 'worst-slice';
      readonly metric: MetricName;
      readonly column: string;
      readonly minRows: number;
      readonly harm: number;
    }
  /** Groups by the values of a sensitive column, or by the combinations of several. */
  | {
      readonly check: 'fair';
      readonly measure: FairnessMeasure;
      readonly columns: readonly string[];
      readonly maxDifference: number;
      readonly minRows: number;
      readonly minPositives: number;
      readonly minNegatives: number;
    }
  | {
      readonly check: 'calibrated';
      readonly maxEce: number;
      /** Allowed distance of the calibration slope from 1; null: it is only reported. */
      readonly maxSlopeError: number | null;
    }
  /** No fold may lose more than `harm`, and in at least this share of folds the challenger is not behind. */
  | {
      readonly check: 'stable';
      readonly metric: MetricName;
      readonly harm: number;
      readonly minShare: number;
    }
  /** Share of decisions that may turn, and value per decision that may be lost (null: not judged). */
  | { readonly check: 'impact'; readonly maxFlips: number; readonly maxValueLoss: number | null }
  | { readonly check: 'data-quality'; readonly maxQuarantineShare: number; readonly minCoverage: number }
  /** Largest AUC of a single feature, and largest loss of AUC when features know one window less. */
  | { readonly check: 'no-leakage'; readonly maxSingleAuc: number; readonly maxLagLoss: number }
  /** Share of served rows whose inputs come out otherwise today, and largest difference of replayed scores. */
  | { readonly check: 'no-skew'; readonly maxDiffering: number; readonly tolerance: number }
  | { readonly check: 'loads'; readonly tolerance: number }
  /** Forecast for `rows` of a scored window (null: the largest so far) against a deadline and a bound of memory. */
  | {
      readonly check: 'volume';
      readonly deadlineMs: number;
      readonly memoryMb: number;
      readonly rows: number | null;
    }
  /** Share of decisions that perturbed or missing inputs may turn; a score that is no number always fails. */
  | { readonly check: 'robust'; readonly maxFlips: number };

export type GateSpec = GateRule & { readonly mode: GateMode };

export interface ApprovalPolicy {
  readonly deadlineMs: number;
  /** A report older than this can no longer be approved. */
  readonly reportMaxAgeMs: number;
  /**
   * What happens when another challenger wants to start while a promotion is open: it ends, waits until the open one is
   * closed, or has it stopped first where it is newer. Once the champion has changed it waits in either case.
   */
  readonly newerChallenger: 'refuse' | 'queue' | 'supersede';
  /** How many different people have to approve, 1 or more. */
  readonly quorum: number;
  /** Who may approve and reject; empty: whoever may send a signal. */
  readonly approvers: readonly Approver[];
  /** Whether a decision without a signature counts; the name that it gives is then only claimed. */
  readonly unsigned: 'accept' | 'refuse';
}

/** Somebody who may decide, and the key that proves it. */
export interface Approver {
  readonly name: string;
  /** The 32 bytes of an Ed25519 public key in base64. */
  readonly publicKey: string;
}

/**
 * One step of a rollout: for so many scored windows the challenger scores in shadow, or serves a cohort of the entities.
 * A share of 100 serves everybody while the champion scores in shadow and can take over again.
 */
export type RolloutStep = {
  readonly cycles: number;
  /** `no-harm` when left out. */
  readonly needs?: StepNeed;
} & ({ readonly kind: 'shadow' } | { readonly kind: 'share'; readonly sharePercent: number });

/**
 * What the labels have to show before a step is passed. `no-harm`: nothing against the challenger. `not-worse`: that it
 * loses less than the margin. `better`: that it loses less than the champion, by a test made once, when the labels of
 * all cycles of the step are known.
 */
export type StepNeed = 'no-harm' | 'not-worse' | 'better';

export interface WatchPolicy {
  /** Scored windows after a promotion during which the previous champion scores in shadow. */
  readonly cycles: number;
  /** A rollout, a watch and a queue look again after this time when nothing told them to. */
  readonly pollMs: number;
}

/** What a row's score costs when its label becomes known. Brier score and log loss are for binary labels. */
export type RowLoss = 'brier' | 'logLoss' | 'squaredError' | 'absoluteError';

/** How both sides are compared between the steps of a rollout and in the watch. */
export interface AnalysisPolicy {
  /** Chance that a challenger that does no harm is stopped all the same, over all looks of a rollout or of a watch. */
  readonly alpha: number;
  readonly loss: RowLoss;
  /** Mean loss of a row by which the challenger may be worse; 0: any loss that is shown is harm. */
  readonly margin: number;
  /** Windows of a step whose labels are known before it can be passed; the watch needs all of its windows. */
  readonly minCycles: number;
  /** Share of decisions in which both sides may differ, 0..1. */
  readonly maxChurn: number;
  /** Population stability index of the challenger's scores against the champion's of the same rows; null: not judged. */
  readonly maxScorePsi: number | null;
  /** Value per decision that may be lost, in the unit of `decision.value`; null: not judged. */
  readonly maxValueLoss: number | null;
  /** Chance that a sound split of the entities is called a mismatch. */
  readonly sampleRatioAlpha: number;
  /** Looks at a step, or at the watch, that may fail before the challenger is stopped. */
  readonly failureLimit: number;
  /** Looks after the last cycle that may settle nothing before a person is asked. */
  readonly inconclusiveLimit: number;
}

export interface AuditPolicy {
  /** Smallest and largest share of the trailing median row count that a window may have. */
  readonly minRowShare: number;
  readonly maxRowShare: number;
  /** Largest share of rows that may be quarantined, 0..1. */
  readonly maxQuarantineShare: number;
  /** Largest tolerated distance of the mean score from the model's own validation mean, in units of that mean. */
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
  /** Loss of AUC against the backtest from which decay is shown. */
  readonly decayMargin: number;
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
