import type { DirectedMetric, LimitedMetric } from '../domain/metrics.js';
import type { FairnessMeasure, GateMode } from '../domain/gates/gate-rule.js';
import type { GateInput } from './gate-policy.js';

/** A gate stops the promotion unless it says otherwise. */
interface GateOptions {
  readonly mode?: GateMode;
}

/** The challenger must show that it is not worse than the champion by more than `margin`, in the metric's own unit. */
export function notWorse(metric: DirectedMetric, limits: GateOptions & { readonly margin: number }): GateInput {
  return { mode: modeOf(limits), check: 'not-worse', metric, margin: given(limits).margin };
}

/** The challenger must show that it is better than the champion by more than `by`; 0 when left out. */
export function better(metric: DirectedMetric, limits: GateOptions & { readonly by?: number } = {}): GateInput {
  return { mode: modeOf(limits), check: 'better', metric, by: limits.by ?? 0 };
}

/** The challenger's own metric is at least `limit`, or at most where less is better; a bias is at most that far from 0. */
export function floor(metric: LimitedMetric, limits: GateOptions & { readonly limit: number }): GateInput {
  return { mode: modeOf(limits), check: 'floor', metric, limit: given(limits).limit };
}

/** The model must beat the pipeline's baseline by more than `by`, in the metric's own unit. */
export function beatsBaseline(metric: DirectedMetric, limits: GateOptions & { readonly by?: number } = {}): GateInput {
  return { mode: modeOf(limits), check: 'beats-baseline', metric, by: limits.by ?? 0 };
}

/** Fails when harm beyond `harm` is shown in a slice of at least `minRows` rows; smaller slices are unsupported. */
export function worstSlice(
  column: string,
  limits: GateOptions & { readonly minRows: number; readonly harm: number; readonly metric?: DirectedMetric },
): GateInput {
  const { minRows, harm, metric = 'auc' } = given(limits);
  return { mode: modeOf(limits), check: 'worst-slice', metric, column, minRows, harm };
}

/**
 * Groups by a sensitive column, or by the combinations of several, differ by at most `maxDifference`. Groups with fewer
 * rows, positive or negative labels than asked for are not judged: 100, 20 and 20 when left out.
 */
export function fair(
  columns: string | readonly string[],
  limits: GateOptions & {
    readonly measure: FairnessMeasure;
    readonly maxDifference: number;
    readonly minRows?: number;
    readonly minPositives?: number;
    readonly minNegatives?: number;
  },
): GateInput {
  const { measure, maxDifference, minRows = 100, minPositives = 20, minNegatives = 20 } = given(limits);
  const list = typeof columns === 'string' ? [columns] : [...columns];
  const least = { minRows, minPositives, minNegatives };
  return { mode: modeOf(limits), check: 'fair', measure, columns: list, maxDifference, ...least };
}

/** The expected calibration error may not exceed `maxEce`, 0.05 when left out, nor the slope be further from 1. */
export function calibrated(
  limits: GateOptions & { readonly maxEce?: number; readonly maxSlopeError?: number } = {},
): GateInput {
  const { maxEce = 0.05, maxSlopeError = null } = limits;
  return { mode: modeOf(limits), check: 'calibrated', maxEce, maxSlopeError };
}

/** No fold loses more than `harm`, and in a share of the folds, half when left out, the challenger is not behind. */
export function stable(
  metric: DirectedMetric,
  limits: GateOptions & { readonly harm: number; readonly minShare?: number },
): GateInput {
  const { harm, minShare = 0.5 } = given(limits);
  return { mode: modeOf(limits), check: 'stable', metric, harm, minShare };
}

/** At most this share of decisions turns, and at most so much value per decision is lost. */
export function impact(limits: GateOptions & { readonly maxFlips: number; readonly maxValueLoss?: number }): GateInput {
  const { maxFlips, maxValueLoss = null } = given(limits);
  return { mode: modeOf(limits), check: 'impact', maxFlips, maxValueLoss };
}

/** The rows behind the comparison: few quarantined, enough with a label. */
export function dataQuality(
  limits: GateOptions & { readonly maxQuarantineShare?: number; readonly minCoverage?: number } = {},
): GateInput {
  const { maxQuarantineShare = 0.01, minCoverage = 0.8 } = limits;
  return { mode: modeOf(limits), check: 'data-quality', maxQuarantineShare, minCoverage };
}

/**
 * Nothing that the model is asked was part of what shaped it: time order, keys, label columns, a single feature that
 * tells the label, features that were only good because they were too fresh.
 */
export function noLeakage(
  limits: GateOptions & { readonly maxSingleAuc?: number; readonly maxLagLoss?: number } = {},
): GateInput {
  const { maxSingleAuc = 0.98, maxLagLoss = 0.1 } = limits;
  return { mode: modeOf(limits), check: 'no-leakage', maxSingleAuc, maxLagLoss };
}

/** Inputs that were served come out the same today, and so do the scores on them. */
export function noSkew(
  limits: GateOptions & { readonly maxDiffering?: number; readonly tolerance?: number } = {},
): GateInput {
  const { maxDiffering = 0.001, tolerance = 1e-6 } = limits;
  return { mode: modeOf(limits), check: 'no-skew', maxDiffering, tolerance };
}

/** The bundle must load and give its golden rows the scores it was stored with, to within `tolerance`. */
export function loads(limits: GateOptions & { readonly tolerance?: number } = {}): GateInput {
  return { mode: modeOf(limits), check: 'loads', tolerance: limits.tolerance ?? 1e-6 };
}

/**
 * A window of so many rows, the largest so far when left out, is scored within `deadline`, a length of time such as
 * `"10 minutes"`, and within `memoryMb`, 1024 when left out.
 */
export function volume(
  limits: GateOptions & { readonly deadline: string; readonly memoryMb?: number; readonly rows?: number },
): GateInput {
  const { deadline, memoryMb = 1024, rows = null } = given(limits);
  return { mode: modeOf(limits), check: 'volume', deadline, memoryMb, rows };
}

/** Wrong inputs give scores all the same; perturbed or missing ones turn at most this share of the decisions, 0.2 when left out. */
export function robust(limits: GateOptions & { readonly maxFlips?: number } = {}): GateInput {
  return { mode: modeOf(limits), check: 'robust', maxFlips: limits.maxFlips ?? 0.2 };
}

function modeOf(limits: GateOptions | undefined): GateMode {
  return limits?.mode ?? 'enforce';
}

/**
 * A definition in JavaScript may leave limits out that TypeScript asks for. What is missing is told when the definition is
 * loaded, field by field with everything else, and not by the builder, which would fail at the first one.
 */
function given<T extends GateOptions>(limits: T | undefined): T {
  return limits ?? ({} as T);
}
