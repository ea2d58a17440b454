import { isGrpcServiceError, type WorkflowClient, type WorkflowHandle } from '@temporalio/client';
import { tsToDate } from '@temporalio/common/lib/time.js';
import type { SignalDirectory } from '../../activities/ports/signal-directory.js';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** A server that is slow to answer must not hold up a decision. */
const patienceMs = 5_000;

/** gRPC codes that the same question gets again: INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED. */
const finalCodes: readonly number[] = [3, 5, 7, 12];

/** Reads the run's history: a workflow itself is told neither who sent a signal nor when the server had it. */
export function createSignalDirectory(client: WorkflowClient): SignalDirectory {
  return {
    async receiptOf({ workflowId, runId }, { name, index }) {
      const handle = client.getHandle(workflowId, runId);
      const history = await client
        .withDeadline(Date.now() + patienceMs, () => handle.fetchHistory())
        .catch((error: unknown) => {
          if (isGrpcServiceError(error) && finalCodes.includes(error.code)) return { events: [] };
          throw error;
        });
      const signals = (history.events ?? []).filter(
        (event) => event.workflowExecutionSignaledEventAttributes?.signalName === name,
      );
      const sent = signals[index - 1];
      if (!sent?.eventTime) return null;
      const receivedAt = tsToDate(sent.eventTime).toISOString();
      return { sender: senderOf(sent)?.slice(0, 200) ?? null, receivedAt };
    },
  };
}

function senderOf({ principal, workflowExecutionSignaledEventAttributes: signal }: HistoryEvent): string | null {
  if (principal?.name) return `${principal.type ?? 'principal'}/${principal.name}`;
  return signal?.identity ? `client ${signal.identity}` : null;
}
