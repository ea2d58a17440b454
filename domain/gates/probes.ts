import type { MetricName } from '../metrics.js';

/**
 * What was looked at besides the compared scores. `missing`: the evidence is not there, so nothing can be said;
 * `error`: measuring failed for good, which is no verdict about the model.
 */
export type Measured<T> =
  | { readonly status: 'measured'; readonly facts: T }
  | { readonly status: 'missing'; readonly why: string }
  | { readonly status: 'error'; readonly why: string };

/** The challenger's bundle loaded and its golden rows scored again. */
export interface LoadFacts {
  readonly rows: number;
  /** Largest distance from the stored scores; null where a score is no finite number. */
  readonly maxDifference: number | null;
}

/** One side's decisions in a group of rows. */
export interface GroupDecisions {
  /** Rows decided positive. */
  readonly selected: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** Rows that share a value, or a combination of values, of sensitive columns. */
export interface SensitiveGroup {
  readonly columns: readonly string[];
  /** One for each column; null for rows without a value. */
  readonly values: readonly (string | null)[];
  readonly rows: number;
  readonly positives: number;
  readonly champion: GroupDecisions | null;
  readonly challenger: GroupDecisions | null;
}

export interface FairnessFacts {
  readonly groups: readonly SensitiveGroup[];
}

/** How good the rows were that the comparison rests on. */
export interface QualityFacts {
  readonly folds: readonly {
    readonly fold: number;
    /** Rows the sources gave. */
    readonly rowsFound: number;
    readonly quarantined: number;
    /** Rows kept, and how many of them have a label. */
    readonly rows: number;
    readonly labelledRows: number;
    readonly warnings: readonly string[];
  }[];
  /**
   * Values of the columns that gates look at, over all folds, with rows kept and rows that have a label: the ones with the
   * lowest share of labels, lowest first. A slice without any label is nowhere in the comparison.
   */
  readonly slices: readonly {
    readonly column: string;
    readonly value: string | null;
    readonly rows: number;
    readonly labelledRows: number;
  }[];
}

/** Whether the model could have known what it is asked. */
export interface LeakageFacts {
  /** End of everything that shaped the challenger, and the start of the first fold; UTC instants. */
  readonly shapedUntil: string;
  readonly firstFoldStart: string;
  /** What lies between them at least: label delay and ingestion delay. */
  readonly requiredGapMs: number;
  /** Row keys of the folds that the challenger was trained or validated on; null where its snapshot is gone. */
  readonly sharedKeys: number | null;
  /** Features that are named like the label or its instant, or equal the label on every row. */
  readonly labelColumns: readonly string[];
  /** How well each feature alone ranks the label: AUC turned so that it is at least 0.5; null where undefined. */
  readonly singleFeatures: readonly { readonly feature: string; readonly auc: number | null; readonly rows: number }[];
  /** The challenger's AUC as measured, and with features that know one window less; null when it was not measured. */
  readonly lag: { readonly auc: number; readonly laggedAuc: number; readonly rows: number } | null;
}

/** Inputs that were served, computed again today. */
export interface SkewFacts {
  readonly windows: number;
  readonly rows: number;
  /** Rows on which a feature is not what it was when the window was scored. */
  readonly features: readonly { readonly feature: string; readonly differing: number }[];
  /** Rows that are only on one side. */
  readonly unmatched: number;
  /** Largest difference of the champion's published scores from its scores on the stored inputs; null without a champion. */
  readonly maxScoreDifference: number | null;
  /**
   * Published rows that were scored again; null where the champion served none of the windows. Left out by reports from
   * before they were counted.
   */
  readonly replayedRows?: number | null;
}

/**
 * Speed and memory at volume. The report holds no timings, only whether the bounds are kept; reports from before held
 * headroom instead, how many times a forecast fits into its bound as a power of two rounded down.
 */
export type VolumeFacts = {
  /** Rows of a scored window the forecast is for, and rows it was measured on. */
  readonly rows: number;
  readonly measuredRows: number;
  readonly deadlineMs: number;
  readonly memoryMb: number;
} & (
  | { readonly inTime: boolean; readonly inMemory: boolean }
  | { readonly timeHeadroom: number; readonly memoryHeadroom: number }
);

/** What was measured, which differs from run to run: it stands beside the report and is no part of its digest. */
export interface VolumeFigures {
  /** Forecast for the whole window. */
  readonly forecastMs: number;
  readonly peakMemoryMb: number;
}

/** What wrong or unusual inputs do to the challenger. */
export interface RobustnessFacts {
  readonly variants: readonly {
    readonly kind: 'perturbed' | 'out-of-range' | 'missing';
    /** Null where every feature was changed at once. */
    readonly feature: string | null;
    readonly rows: number;
    /** Scores that are no finite numbers. */
    readonly badScores: number;
    /** Share of decisions that turn, 0..1; null without a threshold. */
    readonly flipShare: number | null;
    readonly meanShift: number;
    /** Loss of the importance metric against the unchanged rows; null where it is undefined. */
    readonly loss: number | null;
  }[];
}

/** Loss of a metric when one feature is shuffled among the rows: mean and standard deviation over the repeats. */
export interface FeatureImportance {
  readonly mean: number;
  readonly sd: number;
}

/** Permutation importance (Breiman 2001; repeats as in scikit-learn) on rows of the folds. */
export interface ImportanceFacts {
  readonly metric: MetricName;
  readonly rows: number;
  readonly repeats: number;
  readonly seed: number;
  /** Challenger's features first, by importance; null on the side that does not use the feature. */
  readonly features: readonly {
    readonly feature: string;
    readonly challenger: FeatureImportance | null;
    readonly champion: FeatureImportance | null;
  }[];
}

/** Inputs of the folds against those the challenger learned from. */
export interface DriftFacts {
  /** Rows of the folds, and rows of its training. */
  readonly rows: number;
  readonly trainingRows: number;
  /**
   * Population stability index by feature, the largest first, and where drift begins for these numbers of rows; both null
   * where it could not be measured.
   */
  readonly features: readonly {
    readonly feature: string;
    readonly psi: number | null;
    readonly limit: number | null;
    readonly drifted: boolean;
  }[];
  /** Of the challenger's scores on the rows its threshold was set on. */
  readonly validationMeanScore: number;
}

/** Everything that was probed; null where neither a gate nor the report asked for it. */
export interface Probes {
  readonly loads: Measured<LoadFacts> | null;
  readonly fairness: Measured<FairnessFacts> | null;
  readonly quality: Measured<QualityFacts> | null;
  readonly leakage: Measured<LeakageFacts> | null;
  readonly skew: Measured<SkewFacts> | null;
  readonly volume: Measured<VolumeFacts> | null;
  readonly robustness: Measured<RobustnessFacts> | null;
  readonly importance: Measured<ImportanceFacts> | null;
  readonly drift: Measured<DriftFacts> | null;
}

export type ProbeName = keyof Probes;

export const noProbes: Probes = {
  loads: null,
  fairness: null,
  quality: null,
  leakage: null,
  skew: null,
  volume: null,
  robustness: null,
  importance: null,
  drift: null,
};
