import type { WorkflowRef } from '../../domain/ledger/record.js';

/** Which runs are alive. */
export interface WorkflowDirectory {
  /** Whether a run of this workflow id goes on: the very run, or one that continues it. False for ids the server does not know. */
  isRunning(run: WorkflowRef): Promise<boolean>;
}
