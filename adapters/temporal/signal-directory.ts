import type { WorkflowClient } from '@temporalio/client';
import type { SignalDirectory } from '../../activities/ports/signal-directory.js';

/** A server that is slow to answer must not hold up a decision. */
const patienceMs = 5_000;

/** Reads the run's history: a workflow itself is not told who sent a signal. */
export function createSignalDirectory(client: WorkflowClient): SignalDirectory {
  return {
    async senderOf({ workflowId, runId }, { name, index }) {
      try {
        const handle = client.getHandle(workflowId, runId);
        const history = await client.withDeadline(Date.now() + patienceMs, () => handle.fetchHistory());
        const signals = (history.events ?? []).filter(
          (event) => event.workflowExecutionSignaledEventAttributes?.signalName === name,
        );
        const sent = signals[index - 1];
        if (sent?.principal?.name) return `${sent.principal.type ?? 'principal'}/${sent.principal.name}`.slice(0, 200);
        const identity = sent?.workflowExecutionSignaledEventAttributes?.identity;
        return identity ? `client ${identity}`.slice(0, 200) : null;
      } catch {
        return null;
      }
    },
  };
}
