import type { PublishedPerformance } from '../monitoring.js';
import { combineVerdicts, type Verdict } from '../verdict.js';
import type { DecayDecision } from './decide-decay.js';
import type { DriftDecision } from './decide-drift.js';

export interface MonitoringDecision {
  readonly verdict: Verdict;
  /** What the verdict rests on, one plain sentence each. */
  readonly grounds: readonly string[];
  readonly driftedFeatures: readonly string[];
  /** Decay is shown: grounds for a retrain. */
  readonly decayed: boolean;
}

/**
 * The verdict over one matured window. Labels decide first: below the policy's coverage nothing is said about
 * performance. Drift of single features is reported; it fails the window only
 * when half of the features or more have moved.
 */
export function decideMonitoring(args: {
  readonly performance: PublishedPerformance;
  readonly decay: DecayDecision;
  readonly drift: DriftDecision;
  /** Share of published rows that need a label, 0..1. */
  readonly minCoverage: number;
}): MonitoringDecision {
  const { performance, decay, drift, minCoverage } = args;
  const isCovered = performance.coverage !== null && performance.coverage >= minCoverage;
  const performanceVerdict = isCovered ? decay.verdict : 'inconclusive';
  return {
    verdict: combineVerdicts([performanceVerdict, judgeDrift(drift)]),
    grounds: [isCovered ? decay.why : describeCoverage(performance, minCoverage), describeDrift(drift)],
    driftedFeatures: drift.driftedFeatures,
    decayed: isCovered && decay.verdict === 'fail',
  };
}

function judgeDrift(drift: DriftDecision): Verdict {
  if (drift.datasetDrifted) return 'fail';
  return drift.features.some((feature) => feature.psi !== null) ? 'pass' : 'inconclusive';
}

function describeCoverage({ rows, labelledRows, coverage }: PublishedPerformance, minCoverage: number): string {
  if (coverage === null) return 'no rows were published, so there is nothing to judge';
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return `${String(labelledRows)} of ${String(rows)} published rows have a label (${percent(coverage)}), ${percent(minCoverage)} are needed`;
}

function describeDrift(drift: DriftDecision): string {
  const measured = drift.features.filter((feature) => feature.psi !== null);
  if (measured.length === 0) return drift.features[0]?.why ?? 'no feature has a training profile to compare with';
  if (drift.driftedFeatures.length === 0) return `none of ${String(measured.length)} features has moved`;
  return `${String(drift.driftedFeatures.length)} of ${String(measured.length)} features have moved: ${drift.driftedFeatures.join(', ')}`;
}
