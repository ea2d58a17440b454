import type { Actor } from '../domain/ledger/record.js';
import type { RunContext } from '../workflows/run-context.js';

/** Who stands behind a run: its schedule, the workflow that started it, the person named in the input, or an unnamed one. */
export function actorOf(run: RunContext, by: string | undefined): Actor {
  if (run.scheduleId !== null) return { name: run.scheduleId, kind: 'schedule' };
  if (run.parentWorkflowId !== null) return { name: by ?? run.parentWorkflowId, kind: 'workflow' };
  return { name: by ?? 'unnamed person', kind: 'person' };
}

/** The reason to record when the input gives none. */
export function reasonOf(run: RunContext, verb: string, reason: string | undefined): string {
  if (reason !== undefined) return reason;
  return run.scheduleId === null ? `${verb} started by hand` : `${verb} by schedule`;
}
