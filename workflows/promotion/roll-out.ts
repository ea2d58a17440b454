import type { LookActivities } from '../../activities/rollout/look-activities.js';
import type { StepActivities } from '../../activities/rollout/step-activities.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import { shareOf, type RolloutPlan, type RolloutProgress } from '../../domain/rollout/rollout-plan.js';
import type { RecordedStop, RolloutStanding } from '../../domain/rollout/standing.js';
import { computeOptions, controlOptions } from '../activity-options.js';
import { renderStep } from '../cards/rollout-step-card.js';
import { steps } from '../steps.js';
import type { End } from './end-rollout.js';
import { hearAnswers, hearStop, stopOf } from './hear-decisions.js';
import { continueWhenLong } from './long-life.js';
import { lookPatiently } from './look-patiently.js';
import { untilNews } from './news.js';
import { askAbout, type Question } from './question.js';
import { stampOf, type Story } from './story.js';

const { beginStep, readStanding } = steps<StepActivities>(controlOptions);
const { lookAtRollout } = steps<LookActivities>(computeOptions);

/** How a rollout came out. */
export type RolloutResult =
  | { readonly status: 'passed' }
  /** The first step could not begin: what was approved is not what is true any more. */
  | { readonly status: 'void'; readonly grounds: readonly string[] }
  /** It has to end without the challenger. */
  | ({ readonly status: 'stopped' } & End)
  /** Somebody else ended it already: in the ledger there is nothing left but to close, if that. */
  | ({ readonly status: 'over' } & End)
  | { readonly status: 'closed'; readonly standing: Extract<RolloutStanding, { status: 'closed' }> };

/** Takes the steps that the ledger does not have yet, one after the other. A step passes on a look, or by a person's word. */
export async function takeSteps(story: Story, plan: RolloutPlan): Promise<RolloutResult> {
  const first = plan.standing.status === 'step' ? plan.standing.step : 0;
  for (let step = first; step < plan.steps.length; step++) {
    const stop = await hearStop(story);
    if (stop !== null) return { status: 'stopped', ...stop };
    const start = await beginStep({ promotion: story.promotion, step, stamp: stampOf(story) });
    if (start.status === 'tampered') return stopped('superseded', start.grounds);
    if (start.status === 'void') return hasBegun(plan, step) ? stopped('superseded', start.grounds) : start;
    const end = await finishStep(story, plan, step);
    if (end !== 'passed') return end;
  }
  const stop = await hearStop(story);
  return stop === null ? { status: 'passed' } : { status: 'stopped', ...stop };
}

/** Nobody is asked again for what began already. */
function hasBegun({ standing }: RolloutPlan, step: number): boolean {
  return step > 0 || standing.status === 'step';
}

/** Looks, acts on what it sees, and sleeps until something happened. */
async function finishStep(story: Story, plan: RolloutPlan, step: number): Promise<'passed' | RolloutResult> {
  const { news } = story;
  let question: Question | null = null;
  for (let looks = 0; ; looks++) {
    await continueWhenLong(story, looks, 'step');
    news.clear();
    const seen = await lookPatiently(story, () => seeStep(story));
    if (seen === null) {
      await untilNews(story, plan.watch.pollMs);
      continue;
    }
    if (seen.left !== null) return seen.left;
    const { look } = seen;
    showLook(story, plan, { step, look });
    const stop = await hearStop(story);
    if (stop !== null) return { status: 'stopped', ...stop };
    if (look.status === 'pass') return 'passed';
    if (look.status === 'fail') return stopped('rolled-back', [look.sentence]);
    question = await askAbout(story, look, question);
    if ((question?.goAheadBy ?? null) !== null) return 'passed';
    await untilNews(story, Math.min(plan.watch.pollMs, (question?.deadlineMs ?? Infinity) - Date.now()));
    const answer = await hearAnswers(story, question);
    if (answer !== null) return answer === 'go-ahead' ? 'passed' : { status: 'stopped', ...answer };
    if (question !== null && Date.now() >= question.deadlineMs)
      return stopped('expired', [`nobody decided before the deadline: ${look.sentence}`]);
  }
}

/** A look at the step, or how it was left meanwhile. */
async function seeStep(
  story: Story,
): Promise<{ readonly left: 'passed' | RolloutResult } | { readonly left: null; readonly look: RolloutLook }> {
  const { promotion } = story;
  const now = await readStanding({ promotion });
  const left = leavingStep(now.standing, now.stopped);
  if (left !== null) return { left };
  return { left, look: await lookAtRollout({ promotion, phase: 'step', stamp: stampOf(story) }) };
}

/** What the ledger says besides what this run does; null while the step is in force. */
function leavingStep(standing: RolloutStanding, recorded: RecordedStop | null): RolloutResult | null {
  switch (standing.status) {
    case 'step':
      return recorded === null ? null : { status: 'stopped', ...stopOf(recorded) };
    case 'closed':
      return { status: 'closed', standing };
    case 'overturned':
      return { status: 'over', outcome: 'rolled-back', grounds: standing.grounds };
    case 'ended':
    case 'not-begun':
    case 'changed':
      return stopped('superseded', ['another run went on with this promotion']);
  }
}

function stopped(outcome: End['outcome'], grounds: readonly string[]): RolloutResult {
  return { status: 'stopped', outcome, grounds };
}

function showLook(
  { board, promotion }: Story,
  plan: RolloutPlan,
  { step, look }: { readonly step: number; readonly look: RolloutLook },
): void {
  const planned = plan.steps[step];
  const sharePercent = planned === undefined ? 0 : shareOf(planned);
  const { cyclesPublished, cyclesMatured, cyclesNeeded, sentence } = look;
  const cycles = { cyclesPublished, cyclesMatured, cyclesNeeded };
  const rollout: RolloutProgress = {
    ...{ phase: 'step', step: step + 1, steps: plan.steps.length, sharePercent },
    ...cycles,
    checks: look.checks ?? [],
    sentence,
  };
  board.show({ phase: 'rolling out', waitingFor: null, rollout }, renderStep(promotion, rollout));
}
