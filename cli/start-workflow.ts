import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { taskQueues } from '../workflows/api.js';
import { CommandFailure } from './command-error.js';
import { exitCodes } from './exit-codes.js';
import type { WorkflowStart } from './workflow-starts.js';

/** A run that was started here. */
export interface StartedRun {
  readonly handle: WorkflowHandle;
  readonly workflowId: string;
  readonly runId: string;
}

/** Starts a workflow. A run of the same id that is still going is an outcome of its own: nothing is started twice. */
export async function startWorkflow(client: Client, start: WorkflowStart): Promise<StartedRun> {
  try {
    const handle = await client.workflow.start(start.type, {
      workflowId: start.workflowId,
      taskQueue: taskQueues.control,
      args: [start.input],
      staticSummary: start.summary,
    });
    return { handle, workflowId: start.workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new CommandFailure('ALREADY_RUNNING', exitCodes.no, `${start.workflowId} is running already.`, {
      example: `gauntlet status ${start.input.pipeline}`,
      cause: error,
    });
  }
}
