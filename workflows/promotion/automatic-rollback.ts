import { ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, ParentClosePolicy, rootCause } from '@temporalio/workflow';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PromoteResult, RollbackInput } from '../api.js';
import { rollback } from '../rollback.js';
import type { Story } from './story.js';

/** A rollback that the watch had made. */
export interface Undone {
  readonly rollback: NonNullable<PromoteResult['rollback']>;
  /** What it came to and where it stands, for the ledger and for people. */
  readonly grounds: readonly string[];
}

/**
 * Restores the previous champion in a run of its own, which goes on when this one is ended. It names its target, so that a
 * rollback that somebody was quicker with is not rolled back once more. Null when it could not be done: then a person is
 * called for, and it is tried again with the next look.
 */
export async function rollBack(story: Story, previous: ModelRef, sentence: string): Promise<Undone | null> {
  const { board, promotion, run } = story;
  const input: RollbackInput = { pipeline: promotion.pipeline, to: previous.version, by: 'watch', reason: sentence };
  const workflowId = `${run.workflow.workflowId}/rollback`;
  board.show({ phase: 'rolling back', waitingFor: null });
  try {
    const result = await executeChild(rollback, {
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Roll back ${promotion.pipeline} to version ${previous.version}`,
    });
    const { summary, correctionFile } = result;
    const changed = correctionFile === null ? '' : `, and ${correctionFile} lists the rows that changed`;
    return { rollback: { workflowId, correctionFile }, grounds: [summary, `${workflowId} rolled back${changed}`] };
  } catch (error) {
    const isKnown = error instanceof ChildWorkflowFailure || error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isKnown || (error instanceof ChildWorkflowFailure && isStopped(error))) throw error;
    const why = rootCause(error) ?? 'it runs already';
    board.note(`ALARM: the watch found harm, but the rollback did not end well: ${why}. It is ${workflowId}.`);
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
