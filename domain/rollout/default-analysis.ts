import type { AnalysisPolicy } from './rollout-policy.js';
import type { LabelPolicy } from '../pipeline-definition.js';

/** What a definition that says nothing about its analysis means, also one that was stored before there was any. */
export function defaultAnalysis(kind: LabelPolicy['kind']): AnalysisPolicy {
  return {
    alpha: 0.05,
    loss: kind === 'binary' ? 'brier' : 'squaredError',
    margin: 0,
    minCycles: 1,
    maxChurn: 0.5,
    maxScorePsi: 0.25,
    maxValueLoss: null,
    sampleRatioAlpha: 0.001,
    failureLimit: 0,
    inconclusiveLimit: 0,
  };
}
