import { say, sayPercent, saySigned } from '../gates/check-facts.js';
import { MIN_DRIFT_ROWS, stabilityIndex } from '../monitoring/decide-drift.js';
import { stabilityLowerBound } from '../monitoring/stability-bound.js';
import type { AnalysisPolicy } from './rollout-policy.js';
import type { DecisionValue } from '../pipeline-definition.js';
import { estimateSequence } from '../statistics/confidence-sequence.js';
import { chanceOfAtMost } from '../statistics/share-evidence.js';
import { formatWindow } from '../window.js';
import type { AnalysedWindow, CohortSize, DecisionSums, LookCheck, WindowSums } from './analysis.js';
import { judgeSampleRatio } from './judge-sample-ratio.js';

/**
 * What a challenger may not break whatever its loss: within its limit a guardrail passes, beyond it one fails where that is
 * shown and is open where it may be the noise of few rows. Those that the policy does not judge by are left out.
 */
export function judgeGuardrails(args: {
  readonly policy: AnalysisPolicy;
  readonly value: DecisionValue | null;
  readonly windows: readonly AnalysedWindow[];
  readonly unserved: number;
  readonly cohort: CohortSize | null;
  /** Null where no entities are drawn: in the watch, and in shadow. */
  readonly sharePercent: number | null;
}): readonly LookCheck[] {
  const { policy, value, windows, cohort, sharePercent } = args;
  const own = windows.filter(({ isOwn }) => isOwn);
  const unmeasured = own.flatMap(({ window, problem }) =>
    problem === undefined ? [] : [`${formatWindow(window)}: ${problem}`],
  );
  const sums = own.flatMap((window) => window.sums ?? []);
  return [
    ...(policy.maxScorePsi === null ? [] : [judgeScores(sums, policy.maxScorePsi)]),
    judgeChurn(sums, policy),
    ...(policy.maxValueLoss === null || value === null ? [] : [judgeValue(windows, value, policy)]),
    judgeUnserved(args.unserved, own.length),
    ...(sharePercent === null ? [] : [judgeSampleRatio(cohort, sharePercent, policy.sampleRatioAlpha)]),
    ...(unmeasured.length === 0 ? [] : [tellUnmeasured(unmeasured, own.length)]),
  ];
}

/** Both sides' scores of the same rows, in the bins of the challenger's profile. Beyond the limit it fails where that is shown. */
function judgeScores(sums: readonly WindowSums[], limit: number): LookCheck {
  const rows = sums.reduce((sum, window) => sum + window.rows, 0);
  const base = { name: 'score-distribution', limit, n: rows, unit: 'rows', isOpen: true } as const;
  if (rows < MIN_DRIFT_ROWS) {
    const why = `${String(rows)} rows say nothing about a distribution: at least ${String(MIN_DRIFT_ROWS)} do`;
    return { ...base, value: null, verdict: 'inconclusive', why };
  }
  const challenger = addBins(sums.map((window) => window.challenger.bins));
  const champion = addBins(sums.map((window) => window.champion.bins));
  const shares = champion.map((count) => count / rows);
  const { psi } = stabilityIndex(shares, rows, challenger, rows);
  const isShown = stabilityLowerBound(champion, challenger) > limit;
  const verdict = psi <= limit ? 'pass' : isShown ? 'fail' : 'inconclusive';
  const why = `population stability index ${say(psi)} between both sides' scores, limit ${say(limit)}${doubtOf(verdict)}`;
  return { ...base, value: psi, verdict, why };
}

function addBins(lists: readonly (readonly number[])[]): readonly number[] {
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, bin) => lists.reduce((sum, list) => sum + (list[bin] ?? 0), 0));
}

/**
 * What few rows show beyond the limit may be chance: it fails where a share within the limit would lead there with a
 * probability of `alpha` at most, at all looks together.
 */
function judgeChurn(sums: readonly WindowSums[], { maxChurn: limit, alpha }: AnalysisPolicy): LookCheck {
  const rows = sums.reduce((sum, window) => sum + window.rows, 0);
  const differ = sums.reduce((sum, window) => sum + window.decisionsDiffer, 0);
  const base = { name: 'decision-churn', limit, n: rows, unit: 'decisions', isOpen: true } as const;
  if (rows === 0) return { ...base, value: null, verdict: 'inconclusive', why: 'no row was scored by both sides yet' };
  const share = differ / rows;
  const isShown = chanceOfAtMost({ count: differ, of: rows }, limit) <= alpha;
  const verdict = share <= limit ? 'pass' : isShown ? 'fail' : 'inconclusive';
  const why = `${sayPercent(share)} of the decisions differ, limit ${sayPercent(limit)}${doubtOf(verdict)}`;
  return { ...base, value: share, verdict, why };
}

function doubtOf(verdict: LookCheck['verdict']): string {
  return verdict === 'inconclusive' ? ', which may be chance with so few rows' : '';
}

/** Lost beyond the limit, as far as any look shows: one observation a window, like the loss. */
function judgeValue(windows: readonly AnalysedWindow[], value: DecisionValue, policy: AnalysisPolicy): LookCheck {
  const limit = policy.maxValueLoss ?? 0;
  const lost = windows.flatMap(({ standing, sums }) => {
    if (standing !== 'judged' || sums === null) return [];
    const [challenger, champion] = [valueOf(sums.challenger.decisions, value), valueOf(sums.champion.decisions, value)];
    return challenger === null || champion === null ? [] : [champion - challenger];
  });
  const { mean, lower } = estimateSequence(lost, policy.alpha);
  const base = { name: 'value', limit, n: lost.length, unit: 'windows', isOpen: true } as const;
  if (mean === null) return { ...base, value: null, verdict: 'inconclusive', why: 'no window has labels yet' };
  const verdict = mean <= limit ? 'pass' : lower !== null && lower > limit ? 'fail' : 'inconclusive';
  const why = `${saySigned(-mean)} ${value.unit} per decision, may lose ${say(limit)}`;
  return { ...base, value: mean, verdict, why };
}

/** Value of a decision on average; null where there are none. */
function valueOf(sums: DecisionSums | null, value: DecisionValue): number | null {
  if (sums === null) return null;
  const { truePositive, falsePositive, trueNegative, falseNegative } = sums;
  const decisions = truePositive + falsePositive + trueNegative + falseNegative;
  if (decisions === 0) return null;
  const total =
    truePositive * value.truePositive +
    falsePositive * value.falsePositive +
    trueNegative * value.trueNegative +
    falseNegative * value.falseNegative;
  return total / decisions;
}

/** A model that cannot score its windows is none to promote: each of them was served by another one. */
function judgeUnserved(unserved: number, published: number): LookCheck {
  const why =
    unserved === 0
      ? 'the challenger scored every window'
      : `the challenger could not score ${String(unserved)} window(s): another model served them`;
  return {
    name: 'unserved',
    value: unserved,
    limit: 0,
    n: published,
    unit: 'windows',
    verdict: unserved === 0 ? 'pass' : 'fail',
    isOpen: false,
    why,
  };
}

/** Not to be able to measure is no verdict about the challenger, but no more windows mend it: a person has to look. */
function tellUnmeasured(problems: readonly string[], windows: number): LookCheck {
  const why = `${String(problems.length)} window(s) could not be compared: ${problems.join('; ')}`;
  const counted = { value: problems.length, limit: 0, n: windows, unit: 'windows' } as const;
  return { name: 'measured', ...counted, verdict: 'inconclusive', isOpen: false, why };
}
