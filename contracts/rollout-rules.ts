import { formatDuration } from '../domain/duration.js';
import type { Problem } from '../domain/failure-types.js';
import { defaultAnalysis } from '../domain/rollout/default-analysis.js';
import { leastWatchMs } from '../domain/rollout/watch-deadline.js';
import { leastWindows } from '../domain/statistics/confidence-sequence.js';
import { horizonWindows } from '../domain/statistics/fixed-horizon.js';
import type { PipelineSections } from './pipeline-definition.js';

type Given = Partial<PipelineSections>;
type Step = PipelineSections['rollout'][number];

/** What must hold between the steps of a rollout, and between them and the analysis. */
export const rolloutRules: readonly ((given: Given) => readonly Problem[])[] = [
  sharesNeverFall,
  rolloutEnds,
  watchCanBeCompleted,
  lossFitsTheLabel,
  lostValueIsKnown,
];

/** What must hold of all steps together. */
export const wholeRolloutRules: typeof rolloutRules = [everybodyIsServedLast, needsCanBeShown];

function shareOf(step: Step): number {
  return step.kind === 'share' ? step.sharePercent : 0;
}

/** Whom the challenger serves it goes on serving, so a share can only grow; shadow steps serve nobody and come first. */
function sharesNeverFall({ rollout = [] }: Given): Problem[] {
  return rollout.flatMap((step, index) => {
    const before = Math.max(0, ...rollout.slice(0, index).map(shareOf));
    if (shareOf(step) >= before) return [];
    const found = step.kind === 'shadow' ? 'a shadow step after a share' : `${String(shareOf(step))} %`;
    return [{ field: `rollout.${String(index)}`, found, expected: `at least ${String(before)} %: shares never fall` }];
  });
}

/** After everybody is served there is nothing left to try: what follows is the change of champion and its watch. */
function everybodyIsServedLast({ rollout = [] }: Given): Problem[] {
  const whole = rollout.findIndex((step) => shareOf(step) === 100);
  if (whole === -1 || whole === rollout.length - 1) return [];
  const expected = 'share(100) as the last step: its cycles may be more';
  return [{ field: `rollout.${String(whole + 1)}`, found: 'a step after share(100)', expected }];
}

/** A step that asks for more than its windows can ever show would always end with a question. */
function needsCanBeShown({ rollout = [], analysis, label }: Given): Problem[] {
  const { alpha, margin } = { ...defaultAnalysis(label?.kind ?? 'binary'), ...analysis };
  let cyclesSoFar = 0;
  return rollout.flatMap((step, index) => {
    cyclesSoFar += step.cycles;
    const field = `rollout.${String(index)}`;
    if (step.needs === 'better' && step.cycles < horizonWindows) {
      const expected = `at least ${String(horizonWindows)}: with fewer windows nothing can be shown to be better`;
      return [{ field: `${field}.cycles`, found: String(step.cycles), expected }];
    }
    if (step.needs !== 'not-worse') return [];
    if (margin === 0) {
      const expected = "an analysis.margin above 0, or needs: 'better', which is what it means without one";
      return [{ field: `${field}.needs`, found: "'not-worse' without a margin", expected }];
    }
    const least = leastWindows(alpha);
    if (cyclesSoFar >= least) return [];
    const expected = `at least ${String(least)} cycles up to this step: with alpha ${String(alpha)} fewer show nothing`;
    return [{ field: `${field}.cycles`, found: `${String(cyclesSoFar)} cycles up to here`, expected }];
  });
}

const LONGEST_ROLLOUT_MS = 366 * 86_400_000;

/** The challenger of a rollout that takes longer than a year is older than its champion when it is over. */
function rolloutEnds({ rollout = [], window }: Given): Problem[] {
  if (window === undefined) return [];
  const cycles = rollout.reduce((sum, step) => sum + step.cycles, 0);
  const lengthMs = cycles * window.every;
  if (lengthMs <= LONGEST_ROLLOUT_MS) return [];
  const found = `${String(cycles)} cycles of ${formatDuration(window.every)}, ${formatDuration(lengthMs)} in all`;
  return [{ field: 'rollout', found, expected: `at most ${formatDuration(LONGEST_ROLLOUT_MS)} in all` }];
}

/** A deadline before the labels of the last window are known would end every watch before it has seen what it is for. */
function watchCanBeCompleted({ watch, window, label }: Given): Problem[] {
  if (watch?.deadline === undefined || window === undefined || label === undefined) return [];
  const { cycles, deadline } = watch;
  const labelDelayMs = label.delay + label.ingestionDelay;
  const leastMs = leastWatchMs({ cycles, everyMs: window.every, labelDelayMs });
  if (deadline >= leastMs) return [];
  const why = `${String(cycles)} cycles of ${formatDuration(window.every)} and the label delay`;
  const expected = `at least ${formatDuration(leastMs)}: ${why}`;
  return [{ field: 'watch.deadline', found: formatDuration(deadline), expected }];
}

function lossFitsTheLabel({ analysis, label }: Given): Problem[] {
  if (analysis?.loss === undefined || label === undefined) return [];
  const fitting = label.kind === 'binary' ? ['brier', 'logLoss'] : ['squaredError', 'absoluteError'];
  if (fitting.includes(analysis.loss)) return [];
  const expected = `${fitting.join(' or ')} for a ${label.kind} label`;
  return [{ field: 'analysis.loss', found: analysis.loss, expected }];
}

/** With a regression label no decision has a value; that is refused where the gates are looked at. */
function lostValueIsKnown({ analysis, decision, label }: Given): Problem[] {
  const isAsked = (analysis?.maxValueLoss ?? null) !== null && label?.kind !== 'regression';
  if (!isAsked || decision === undefined || decision.value !== null) return [];
  const expected = 'null, or decision.value with what each kind of decision brings';
  return [{ field: 'analysis.maxValueLoss', found: String(analysis?.maxValueLoss), expected }];
}
