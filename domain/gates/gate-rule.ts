import type { MetricName } from '../metrics.js';

/** What a failed gate means: `enforce` stops the promotion, `advise` is shown to the approver, `observe` is only kept. */
export type GateMode = 'enforce' | 'advise' | 'observe';

export type FairnessMeasure = 'demographic-parity' | 'equalized-odds' | 'equal-opportunity';

/** One named check of the promotion policy, without its mode. A limit is in the metric's own unit. */
export type GateRule =
  /** Absolute floor of the challenger's own metric, or ceiling where less is better; of a bias, its distance from 0. */
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
