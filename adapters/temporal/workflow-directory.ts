import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WorkflowDirectory } from '../../activities/ports/workflow-directory.js';

/** Asks the Temporal server. */
export function createWorkflowDirectory(client: Client): WorkflowDirectory {
  return {
    async isRunning({ workflowId }) {
      try {
        // The latest run of the id: one that was continued as new, reset or started again goes on with the same work.
        const description = await client.workflow.getHandle(workflowId).describe();
        return description.status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
