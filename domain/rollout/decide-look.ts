import type { AnalysisPolicy } from './rollout-policy.js';
import type { Verdict } from '../verdict.js';
import type { LookCheck, LookProgress } from './analysis.js';
import type { RolloutLook } from './look.js';

/**
 * What the evidence of a look says by itself: a broken check fails it, and it passes only when the cycles are over, enough
 * of them have labels, and every check passes.
 */
export function judgeLook(progress: LookProgress, checks: readonly Pick<LookCheck, 'verdict'>[]): Verdict {
  if (checks.some(({ verdict }) => verdict === 'fail')) return 'fail';
  const isComplete = progress.isOver && progress.isMature;
  const isPassed = checks.length > 0 && checks.every(({ verdict }) => verdict === 'pass');
  return isComplete && isPassed ? 'pass' : 'inconclusive';
}

/** Earlier looks at the same step, or watch, that found something else than this one. */
export interface EarlierLooks {
  readonly failed: number;
  /** Tolerated ones, after the last cycle. */
  readonly inconclusive: number;
}

export interface LookDecision {
  readonly status: RolloutLook['status'];
  readonly because: string;
  /** It failed, or settled nothing, and is waited after all the same. */
  readonly isTolerated: boolean;
}

/**
 * What follows from a look, in this order: fail beats inconclusive beats waiting beats pass. A failed look is tolerated
 * until there are more of them than the policy allows; looks that settle nothing count only after the last cycle, unless
 * no further window can settle them, and a person is asked when there are more of them than allowed.
 */
export function decideLook(args: {
  readonly progress: LookProgress;
  readonly checks: readonly LookCheck[];
  readonly earlier: EarlierLooks;
  readonly policy: Pick<AnalysisPolicy, 'failureLimit' | 'inconclusiveLimit'>;
  /** Whether nothing more will be seen, as at the end of the watch: then there is no later look to wait for. */
  readonly isFinal: boolean;
}): LookDecision {
  const { progress, checks, earlier, policy, isFinal } = args;
  const failed = checks.filter(({ verdict }) => verdict === 'fail');
  const open = checks.filter(({ verdict }) => verdict === 'inconclusive');
  const stuck = open.filter(({ isOpen }) => !isOpen);
  const follows = (status: LookDecision['status'], because: string): LookDecision => ({
    status,
    because,
    isTolerated: false,
  });
  if (failed.length > 0) {
    const looks = earlier.failed + 1;
    if (looks > policy.failureLimit) return follows('fail', whyOf(failed));
    const because = `failed look ${String(looks)} of ${String(policy.failureLimit)} that may fail: ${whyOf(failed)}`;
    return isFinal ? follows('inconclusive', because) : { status: 'waiting', because, isTolerated: true };
  }
  if (stuck.length > 0) return follows('inconclusive', whyOf(stuck));
  if (!progress.isOver) return follows('waiting', `${progressOf(progress)} so far, and nothing is wrong`);
  if (!progress.isMature && progress.cyclesPending > 0)
    return follows('waiting', `labels of ${String(progress.cyclesPending)} window(s) are not known yet`);
  if (progress.isMature && open.length === 0) return follows('pass', 'every check passes');
  const few = progress.isMature ? '' : `only ${String(progress.cyclesMatured)} window(s) could be judged`;
  const because = [few, whyOf(open)].filter((why) => why !== '').join('; ');
  const looks = earlier.inconclusive + 1;
  if (isFinal || looks > policy.inconclusiveLimit) return follows('inconclusive', because);
  const tolerated = `look ${String(looks)} of ${String(policy.inconclusiveLimit)} that may settle nothing`;
  return { status: 'waiting', because: `${tolerated}: ${because}`, isTolerated: true };
}

function whyOf(checks: readonly LookCheck[]): string {
  return checks.map(({ why }) => why).join('; ');
}

function progressOf({ cyclesPublished, cyclesNeeded }: LookProgress): string {
  return `${String(cyclesPublished)} of ${String(cyclesNeeded)} windows`;
}
