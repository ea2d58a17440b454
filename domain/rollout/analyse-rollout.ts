import type { DecisionValue } from '../pipeline-definition.js';
import type { AnalysisPolicy } from './rollout-policy.js';
import type { Window } from '../window.js';
import type { AnalysedWindow, CohortSize, LookProgress, RolloutAnalysis } from './analysis.js';
import { judgeLook } from './decide-look.js';
import { judgeGuardrails } from './guardrails.js';
import { fixedWindows, isCycle, judgeHarm, judgeNeed, measureHorizon } from './judge-harm.js';
import type { LookTarget } from './plan-look.js';

/** Everything that was measured for a look. */
export interface LookFindings {
  readonly target: LookTarget;
  readonly policy: AnalysisPolicy;
  readonly value: DecisionValue | null;
  readonly windows: readonly AnalysedWindow[];
  readonly cohort: CohortSize | null;
  readonly unservedWindows: readonly Window[];
}

/** Turns what was measured into checks and a verdict. */
export function analyseRollout(
  findings: LookFindings,
): Pick<RolloutAnalysis, 'progress' | 'difference' | 'horizon' | 'checks' | 'verdict'> {
  const { target, policy, value, windows, cohort, unservedWindows } = findings;
  const own = windows.filter(({ isOwn }) => isOwn);
  const progress = progressOf(target, policy, own);
  const { difference, ...harm } = judgeHarm(policy, windows);
  const horizon = target.needs === 'better' ? measureHorizon(policy, own, target.cyclesNeeded) : null;
  const need = judgeNeed({ needs: target.needs, policy, difference, horizon });
  const guardrails = judgeGuardrails({
    policy,
    value,
    windows,
    cohort,
    unserved: unservedWindows.length,
    sharePercent: target.phase === 'step' && target.sharePercent > 0 ? target.sharePercent : null,
  });
  const checks = [harm, ...(need === null ? [] : [need]), ...guardrails];
  return { progress, difference, horizon, checks, verdict: judgeLook(progress, checks) };
}

/**
 * A step is mature with `minCycles` judged windows, the watch with all of its windows: the previous champion scores along
 * in no others. Windows without rows, and what a side was trained on, never count.
 */
function progressOf(target: LookTarget, policy: AnalysisPolicy, own: readonly AnalysedWindow[]): LookProgress {
  const counted = own.filter(isCycle);
  const cyclesMatured = counted.filter(({ standing }) => standing === 'judged').length;
  const cyclesPending = counted.filter(({ standing }) => standing === 'labels-pending').length;
  const { cyclesNeeded } = target;
  const needed = target.phase === 'watch' ? cyclesNeeded : policy.minCycles;
  const isFixed = target.needs === 'better';
  const waits = fixedWindows(own, cyclesNeeded).some(({ standing }) => standing === 'labels-pending');
  return {
    cyclesNeeded,
    cyclesPublished: counted.length,
    cyclesMatured,
    cyclesPending,
    isOver: counted.length >= cyclesNeeded,
    isMature: cyclesMatured >= needed && !(isFixed && waits),
  };
}
