import type { PipelineDefinition } from '../pipeline-definition.js';

/** The limit of a rollout or a watch; null where there is neither, so that nobody looks at churn. */
export function churnLimitOf({
  analysis,
  rollout,
  watch,
}: Pick<PipelineDefinition, 'analysis' | 'rollout' | 'watch'>): number | null {
  return rollout.length === 0 && watch.cycles === 0 ? null : analysis.maxChurn;
}
