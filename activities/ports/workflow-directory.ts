import type { WorkflowRef } from '../../domain/ledger/record.js';

/** Which runs are alive. */
export interface WorkflowDirectory {
  /** False when the run has ended in any way, or is unknown to the server. */
  isRunning(run: WorkflowRef): Promise<boolean>;
}
