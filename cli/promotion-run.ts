import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { WorkflowRef } from '../domain/ledger/record.js';
import { toCommandError } from './command-error.js';
import type { PromotionStanding } from './promotion-standing.js';

/** How the run of an open promotion is, where the server says that it is over. */
export interface DeadRun {
  readonly workflowId: string;
  /** As Temporal names it, like `FAILED` or `TERMINATED`; `UNKNOWN` where the server has no such run any more. */
  readonly status: string;
  /** Empty where nobody knows. */
  readonly why: string;
}

/** A server that is slow must not make a status slow. */
const patienceMs = 2_000;

/** Null while its run works, and where the server does not answer: then the ledger alone is told. */
export async function findDeadRun(client: Client, { workflowId }: WorkflowRef): Promise<DeadRun | null> {
  try {
    // Without a run id it is the latest run, which goes on with what an earlier one began.
    const handle = client.workflow.getHandle(workflowId);
    return await client.withDeadline(Date.now() + patienceMs, async () => {
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') return null;
      const why = await handle.result().then(() => '', reasonOf);
      return { workflowId, status: status.name, why };
    });
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? { workflowId, status: 'UNKNOWN', why: '' } : null;
  }
}

/** The first line of a failure; what to do about it is in the run. */
function reasonOf(error: unknown): string {
  return toCommandError(error).message.split('\n')[0] ?? '';
}

/** What a promotion waits for when its run is dead: for nobody but whoever starts it again, as far as `before` was ready. */
export function standingWithout(run: DeadRun, before: PromotionStanding, pipeline: string): PromotionStanding {
  const why = run.why === '' ? '' : `: ${run.why}`;
  const command = `gauntlet promote ${pipeline}`;
  const abort = before.commands.filter((each) => each.startsWith('gauntlet abort '));
  return {
    ...before,
    phase: 'dead',
    waitsFor: `somebody to start it again: its run ${run.workflowId} is ${run.status}${why} (before that it waited for ${before.waitsFor})`,
    commands: [command, ...abort],
    run,
  };
}
