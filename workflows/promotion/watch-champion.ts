import { ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, ParentClosePolicy, rootCause } from '@temporalio/workflow';
import type { LookActivities } from '../../activities/rollout/look-activities.js';
import type { StepActivities } from '../../activities/rollout/step-activities.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import type { RolloutPlan, RolloutProgress } from '../../domain/rollout/rollout-plan.js';
import type { RolloutStanding } from '../../domain/rollout/standing.js';
import { computeOptions, controlOptions } from '../activity-options.js';
import type { RollbackInput } from '../api.js';
import { renderStep } from '../cards/rollout-step-card.js';
import { rollback } from '../rollback.js';
import { steps } from '../steps.js';
import { answerAfterChange } from './hear-decisions.js';
import { continueWhenLong } from './long-life.js';
import { lookPatiently } from './look-patiently.js';
import { untilNews } from './news.js';
import { stampOf, type Story } from './story.js';

const { readStanding } = steps<StepActivities>(controlOptions);
const { lookAtRollout } = steps<LookActivities>(computeOptions);

/** How a watch came out. */
export interface WatchEnd {
  readonly outcome: 'promoted' | 'rolled-back';
  readonly grounds: readonly string[];
}

/**
 * Watches a new champion while the one before it scores in shadow. Harm that is shown rolls back by itself. A watch that
 * is over and settled nothing ends the promotion as promoted and says so: what serves already needs no go-ahead.
 */
export async function watchChampion(story: Story, plan: RolloutPlan, previous: ModelRef): Promise<WatchEnd> {
  const { news } = story;
  for (let looks = 0; ; looks++) {
    await answerAfterChange(story);
    await continueWhenLong(story, looks, 'watch');
    news.clear();
    const seen = await lookPatiently(story, () => seeWatch(story));
    if (seen === null) {
      await untilNews(story, plan.watch.pollMs);
      continue;
    }
    const { standing, look } = seen;
    if (standing.status === 'overturned') return { outcome: 'rolled-back', grounds: standing.grounds };
    if (standing.status === 'closed')
      return { outcome: standing.outcome === 'rolled-back' ? 'rolled-back' : 'promoted', grounds: standing.grounds };
    if (look === null) continue;
    showWatch(story, plan, look);
    switch (look.status) {
      case 'pass':
        return { outcome: 'promoted', grounds: [`the watch passed: ${look.sentence}`] };
      case 'inconclusive':
        return { outcome: 'promoted', grounds: [`the watch is over and settled nothing: ${look.sentence}`] };
      case 'fail': {
        const undone = await rollBack(story, previous, look.sentence);
        if (undone !== null) return { outcome: 'rolled-back', grounds: [look.sentence, undone] };
        break;
      }
      case 'waiting':
        break;
    }
    await untilNews(story, plan.watch.pollMs);
  }
}

/** A look while the watch is under way; none once somebody has ended it. */
async function seeWatch(
  story: Story,
): Promise<{ readonly standing: RolloutStanding; readonly look: RolloutLook | null }> {
  const { promotion } = story;
  const { standing } = await readStanding({ promotion });
  if (standing.status === 'overturned' || standing.status === 'closed') return { standing, look: null };
  return { standing, look: await lookAtRollout({ promotion, phase: 'watch', stamp: stampOf(story) }) };
}

/**
 * Restores the previous champion in a run of its own, which goes on when this one is ended. It names its target, so that a
 * rollback that somebody was quicker with is not rolled back once more. Null when it could not be done: then a person is
 * called for, and it is tried again with the next look.
 */
async function rollBack(story: Story, previous: ModelRef, sentence: string): Promise<string | null> {
  const { board, promotion, run } = story;
  const input: RollbackInput = { pipeline: promotion.pipeline, to: previous.version, by: 'watch', reason: sentence };
  board.show({ phase: 'rolling back', waitingFor: null });
  try {
    const result = await executeChild(rollback, {
      workflowId: `${run.workflow.workflowId}/rollback`,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Roll back ${promotion.pipeline} to version ${previous.version}`,
    });
    return result.summary;
  } catch (error) {
    const isKnown = error instanceof ChildWorkflowFailure || error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isKnown || (error instanceof ChildWorkflowFailure && isStopped(error))) throw error;
    const why = rootCause(error) ?? 'it runs already';
    board.note(`ALARM: the watch found harm, but the rollback did not end well: ${why}.`);
    board.show({
      waitingFor: `a person: the automatic rollback failed (${why}); it is tried again with the next look`,
    });
    return null;
  }
}

/** A child that was cancelled along with this run. */
function isStopped({ cause }: ChildWorkflowFailure): boolean {
  return cause?.name === 'CancelledFailure';
}

function showWatch({ board, promotion }: Story, plan: RolloutPlan, look: RolloutLook): void {
  const { cyclesPublished, cyclesMatured, cyclesNeeded, sentence } = look;
  const rollout: RolloutProgress = {
    phase: 'watch',
    step: null,
    steps: plan.steps.length,
    sharePercent: 100,
    cyclesPublished,
    cyclesMatured,
    cyclesNeeded,
    sentence,
  };
  board.show({ phase: 'watching', waitingFor: null, rollout }, renderStep(promotion, rollout));
}
