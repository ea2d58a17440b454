import type { GateSpec, MetricName } from '../domain/pipeline-definition.js';
import type { PipelineInput } from './pipeline-definition.js';

export type { PipelineInput } from './pipeline-definition.js';

/**
 * What a definition file exports. It only gives the object its type: the definition is checked when it is loaded, where
 * every problem is reported at once.
 */
export function definePipeline(input: PipelineInput): PipelineInput {
  return input;
}

/** The challenger must show that it is not worse than the champion by more than `margin`, in the metric's own unit. */
export function notWorse(metric: MetricName, limits: { readonly margin: number }): GateSpec {
  return { check: 'not-worse', metric, margin: limits.margin };
}

/** Fails when harm beyond `harm` is shown in a slice of at least `minRows` rows; smaller slices are unsupported. */
export function worstSlice(
  column: string,
  limits: { readonly minRows: number; readonly harm: number; readonly metric?: MetricName },
): GateSpec {
  return { check: 'worst-slice', metric: limits.metric ?? 'auc', column, minRows: limits.minRows, harm: limits.harm };
}

/** The expected calibration error may not exceed `maxEce`; 0.05 when left out. */
export function calibrated(limits: { readonly maxEce?: number } = {}): GateSpec {
  return { check: 'calibrated', maxEce: limits.maxEce ?? 0.05 };
}

/** The model must beat the pipeline's baseline by at least `by`, in the metric's own unit. */
export function beatsBaseline(metric: MetricName, limits: { readonly by?: number } = {}): GateSpec {
  return { check: 'beats-baseline', metric, by: limits.by ?? 0 };
}

/** The bundle must load and give its golden rows the scores it was stored with, to within `tolerance`. */
export function loads(limits: { readonly tolerance?: number } = {}): GateSpec {
  return { check: 'loads', tolerance: limits.tolerance ?? 1e-6 };
}
