import { say } from '../gates/check-facts.js';
import type { AnalysisPolicy, StepNeed } from './rollout-policy.js';
import { estimateSequence, leastWindows, type SequenceEstimate } from '../statistics/confidence-sequence.js';
import { estimateAtHorizon, horizonWindows, type HorizonEstimate } from '../statistics/fixed-horizon.js';
import type { AnalysedWindow, LookCheck } from './analysis.js';
import { sayDifference } from './say-difference.js';

/** Challenger's mean loss less the champion's: one observation a window, because rows of a window are alike. */
export function lossDifferences(windows: readonly AnalysedWindow[]): readonly number[] {
  return windows.flatMap(({ standing, sums }) => {
    const [challenger, champion] = [sums?.challenger.meanLoss ?? null, sums?.champion.meanLoss ?? null];
    return standing === 'judged' && challenger !== null && champion !== null ? [challenger - champion] : [];
  });
}

/** At any look: harm is shown when all of the interval lies beyond the margin. */
export function judgeHarm(policy: AnalysisPolicy, windows: readonly AnalysedWindow[]): LookCheck & Measured {
  const difference = estimateSequence(lossDifferences(windows), policy.alpha);
  const isHarm = difference.lower !== null && difference.lower > policy.margin;
  const found = `${policy.loss} per row against the champion: ${sayDifference(difference)}`;
  const least = leastWindows(policy.alpha);
  const says =
    difference.observations < least
      ? `harm can be shown from ${String(least)} judged windows on, until then only guardrails can stop it`
      : `${isHarm ? 'harm' : 'no harm'} beyond ${say(policy.margin)} is shown`;
  const why = difference.mean === null ? 'no window has labels yet' : `${found}; ${says}`;
  const verdict = isHarm ? 'fail' : difference.mean === null ? 'inconclusive' : 'pass';
  return { ...base(policy, 'harm', difference), verdict, isOpen: true, why, difference };
}

interface Measured {
  readonly difference: SequenceEstimate;
}

/** What a step needs beyond "no harm"; null when it needs nothing more. */
export function judgeNeed(args: {
  readonly needs: StepNeed;
  readonly policy: AnalysisPolicy;
  readonly difference: SequenceEstimate;
  readonly horizon: HorizonEstimate | null;
}): LookCheck | null {
  const { needs, policy, difference, horizon } = args;
  switch (needs) {
    case 'no-harm':
      return null;
    case 'not-worse': {
      const isShown = difference.upper !== null && difference.upper < policy.margin;
      const why = `${sayDifference(difference)} is ${isShown ? '' : 'not '}shown to be less than ${say(policy.margin)}`;
      return { ...base(policy, needs, difference), verdict: isShown ? 'pass' : 'inconclusive', isOpen: true, why };
    }
    case 'better':
      return horizon === null ? unreached(policy) : judgeWinner(policy, horizon);
  }
}

function unreached(policy: AnalysisPolicy): LookCheck {
  const why = `the winner is found by one test when the labels of all cycles are known, of at least ${String(horizonWindows)} windows`;
  const nothing = { observations: 0, mean: null };
  return { ...base(policy, 'better', nothing), limit: 0, verdict: 'inconclusive', isOpen: true, why };
}

/** Once, at the horizon: more windows change nothing. */
function judgeWinner(policy: AnalysisPolicy, horizon: HorizonEstimate): LookCheck {
  const verdict = horizon.upper < 0 ? 'pass' : horizon.lower > 0 ? 'fail' : 'inconclusive';
  const says = {
    pass: 'the challenger is shown to be better',
    fail: 'the champion is shown to be better',
    inconclusive: 'neither is shown to be better',
  }[verdict];
  const why = `${policy.loss} per row over the ${String(horizon.observations)} windows of the horizon: ${sayDifference(horizon)}; ${says}`;
  return { ...base(policy, 'better', horizon), limit: 0, verdict, isOpen: false, why };
}

/**
 * One test over the fixed windows of a step that needs `better`, once none of them waits for its labels. Null before that,
 * and where too few of them could be judged.
 */
export function measureHorizon(
  policy: AnalysisPolicy,
  own: readonly AnalysedWindow[],
  cyclesNeeded: number,
): HorizonEstimate | null {
  const fixed = fixedWindows(own, cyclesNeeded);
  if (fixed.length < cyclesNeeded || fixed.some(({ standing }) => standing === 'labels-pending')) return null;
  return estimateAtHorizon(lossDifferences(fixed), policy.alpha);
}

/**
 * The windows of a fixed horizon: those that count and were published first. Not the earliest ones: an older window that
 * is filled in later would push another one out, and the test that is made once would be made on another set. Oldest
 * first, because neighbours resemble each other.
 */
export function fixedWindows(own: readonly AnalysedWindow[], cyclesNeeded: number): readonly AnalysedWindow[] {
  const byPublication = (a: AnalysedWindow, b: AnalysedWindow): number =>
    a.firstVersion - b.firstVersion || (a.window.start < b.window.start ? -1 : 1);
  const fixed = new Set(own.filter(isCycle).sort(byPublication).slice(0, cyclesNeeded));
  return own.filter((window) => fixed.has(window));
}

/** Whether a window counts towards the cycles of its step, or of the watch: `whyNotCounted` has the rule. */
export function isCycle({ standing }: Pick<AnalysedWindow, 'standing'>): boolean {
  return standing !== 'seen' && standing !== 'empty';
}

function base(
  policy: AnalysisPolicy,
  name: LookCheck['name'],
  { mean, observations }: { readonly mean: number | null; readonly observations: number },
): Pick<LookCheck, 'name' | 'value' | 'limit' | 'n' | 'unit'> {
  return { name, value: mean, limit: policy.margin, n: observations, unit: 'windows' };
}
