import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';

/*
 * Signals, queries and start inputs come from anybody who may write to the namespace. The SDK decodes them before any
 * code of ours sees them, and what cannot be decoded fails the workflow task, again and again: one broken signal would
 * hold a run up for ever. So every activation is looked through first, and what nobody could read is replaced by a text
 * that says why. The parsers then refuse that text like any other wrong payload. Replaying a history does the same again.
 */

/** Larger than any input or decision people send; a payload near the server's 2 MB could not be handed on to a step. */
const maxBytes = 256 * 1024;
/** Deeper values break whoever walks through them. */
const maxDepth = 100;

/** Loaded into the bundle beside the workflows. */
export function interceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        activate(input, next) {
          makeReadable(input.activation);
          next(input);
        },
      },
    ],
  };
}

/** Replaces what cannot be read, and names that the SDK keeps for itself. */
export function makeReadable(activation: ActivateInput['activation']): void {
  for (const { initializeWorkflow, signalWorkflow, queryWorkflow } of activation.jobs ?? []) {
    if (initializeWorkflow) initializeWorkflow.arguments = readable(initializeWorkflow.arguments);
    if (signalWorkflow) {
      signalWorkflow.input = readable(signalWorkflow.input);
      signalWorkflow.signalName = acceptableName(signalWorkflow.signalName);
    }
    if (queryWorkflow) queryWorkflow.arguments = readable(queryWorkflow.arguments);
  }
}

/** Everything here takes one argument; more are ignored as they always were. */
function readable(payloads: Payload[] | null | undefined): Payload[] {
  return (payloads ?? []).slice(0, 1).map((payload) => {
    const why = whyUnreadable(payload);
    return why === null ? payload : defaultPayloadConverter.toPayload(`unreadable: ${why}`);
  });
}

/** Why a payload cannot be used, in a few words; null when it is JSON, or nothing at all. */
export function whyUnreadable(payload: Payload): string | null {
  const bytes = payload.data?.length ?? 0;
  if (bytes > maxBytes) return `${String(bytes)} bytes, at most ${String(maxBytes)} are read`;
  try {
    const value: unknown = defaultPayloadConverter.fromPayload(payload);
    if (value instanceof Uint8Array) return `${String(bytes)} bytes that are not JSON`;
    return isDeep(value, maxDepth) ? `nested more than ${String(maxDepth)} deep` : null;
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 100) : 'not decodable';
  }
}

/** One level after the other, so that depth cannot exhaust the stack. */
function isDeep(value: unknown, limit: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** Names with the SDK's prefix would fail the task where unknown signals are heard; under another name they are only unknown. */
function acceptableName(name: string | null | undefined): string {
  if (name === null || name === undefined || name === '') return 'a signal without a name';
  return name.startsWith('__') ? `reserved ${name}` : name;
}
