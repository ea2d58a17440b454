import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WorkflowDirectory } from '../../activities/ports/workflow-directory.js';

/** Asks the Temporal server. */
export function createWorkflowDirectory(client: Client): WorkflowDirectory {
  return {
    async isRunning({ workflowId, runId }) {
      try {
        const description = await client.workflow.getHandle(workflowId, runId).describe();
        return description.status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
