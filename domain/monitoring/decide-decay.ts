import { metricIn } from '../gates/comparison.js';
import type { PublishedPerformance } from '../monitoring.js';
import type { MonitorPolicy } from '../pipeline-definition.js';
import { normalQuantile } from '../statistics/distributions.js';
import type { Verdict } from '../verdict.js';

/** Of each one-sided bound. */
const CONFIDENCE = 0.95;

/** Whether the served version still does what its evidence promised. */
export interface DecayDecision {
  /** `pass`: shown to be within the margin; `fail`: decay is shown; else the window cannot tell. */
  readonly verdict: Verdict;
  readonly auc: number | null;
  readonly expectedAuc: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly why: string;
}

/**
 * Compares the AUC on matured labels with the one the version was promoted on. Decay is shown when even the upper bound
 * lies below `expectedAuc - decayMargin`: one bad number of a small window is no decay.
 */
export function decideDecay(args: {
  readonly performance: PublishedPerformance;
  /** AUC on the evidence that promoted the version; null when there is none. */
  readonly expectedAuc: number | null;
  readonly policy: Pick<MonitorPolicy, 'decayMargin'>;
}): DecayDecision {
  const { performance, expectedAuc, policy } = args;
  const auc = metricIn(performance.metrics, 'auc');
  const se = performance.aucStandardError;
  const open = { verdict: 'inconclusive', auc: auc.value, expectedAuc, lower: null, upper: null } as const;
  if (auc.value === null) return { ...open, why: `AUC could not be measured: ${auc.reason}` };
  if (se === null) return { ...open, why: 'AUC has no standard error, so it cannot be compared' };
  if (expectedAuc === null)
    return { ...open, why: `AUC is ${auc.value.toFixed(4)}, and no evidence says what to expect` };
  const reach = normalQuantile(CONFIDENCE) * se;
  const lower = auc.value - reach;
  const upper = auc.value + reach;
  const boundary = expectedAuc - policy.decayMargin;
  const verdict = upper < boundary ? 'fail' : lower > boundary ? 'pass' : 'inconclusive';
  const says = {
    pass: 'within the margin of',
    fail: 'shown to be below',
    inconclusive: 'too uncertain to compare with',
  }[verdict];
  const numbers = `AUC ${auc.value.toFixed(4)} (${lower.toFixed(4)} to ${upper.toFixed(4)})`;
  const why = `${numbers} is ${says} the promised ${expectedAuc.toFixed(4)} less ${String(policy.decayMargin)}`;
  return { verdict, auc: auc.value, expectedAuc, lower, upper, why };
}
