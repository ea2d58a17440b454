import type { LabelKind } from '../metrics.js';
import type { BaselineDefinition, DecisionPolicy, FeatureKind, PipelineDefinition } from '../pipeline-definition.js';
import { churnLimitOf } from '../rollout/churn-limit.js';
import type { Window } from '../window.js';

/** What the model is for, as the definition says it: who reads the report, or makes a card of it, needs no other file. */
export interface ReportedTask {
  readonly label: { readonly column: string; readonly kind: LabelKind; readonly delayMs: number };
  /** Length of a scored window. */
  readonly windowMs: number;
  readonly entity: string;
  readonly features: readonly { readonly name: string; readonly kind: FeatureKind }[];
  /** Columns that only evaluation sees. */
  readonly sensitive: readonly string[];
  readonly decision: DecisionPolicy;
  readonly baseline: BaselineDefinition;
  /**
   * Share of decisions in which both sides of a rollout or a watch may differ, 0..1; null where there is neither. Left out
   * by reports from before it was kept.
   */
  readonly maxChurn?: number | null;
}

/** How a version was made. */
export interface ReportedTraining {
  readonly validationWindow: Window;
  readonly params: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly libraryVersions: Readonly<Record<string, string>>;
}

export function reportTask(definition: PipelineDefinition): ReportedTask {
  const { label, window, dataset, decision, baseline } = definition;
  return {
    label: { column: label.column, kind: label.kind, delayMs: label.delayMs },
    windowMs: window.everyMs,
    entity: dataset.entity,
    features: dataset.features,
    sensitive: dataset.sensitive,
    decision,
    baseline,
    maxChurn: churnLimitOf(definition),
  };
}
