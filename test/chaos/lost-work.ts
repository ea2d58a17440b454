import type { Client } from '@temporalio/client';

/** As the server says it: handed to a worker, which has not answered. */
const startedState = 2;

/** What a worker stands still in, of which nothing more is to come in time. */
export interface HangingWork {
  readonly pid: number;
  readonly activity: string;
}

/**
 * Ends what workers that are gone, or hang in it, have taken with them, in all runs of the namespace. Temporal does the
 * same by itself after the step's timeout; here nobody waits for that, and the retry that follows is the same.
 */
export async function giveUpLostWork(
  client: Client,
  { alivePids, hanging }: { readonly alivePids: ReadonlySet<number>; readonly hanging: readonly HangingWork[] },
): Promise<void> {
  const { namespace } = client.options;
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') continue;
    const lost = (raw.pendingActivities ?? []).filter((activity) => {
      const pid = pidOf(activity.lastWorkerIdentity ?? '');
      const isHanging = hanging.some((work) => work.pid === pid && work.activity === activity.activityType?.name);
      return Number(activity.state) === startedState && (isHanging || !alivePids.has(pid));
    });
    const execution = { workflowId };
    if (lost.length > 0) await client.workflowService.resetStickyTaskQueue({ namespace, execution });
    for (const { activityId } of lost) {
      await client.workflowService
        .respondActivityTaskFailedById({
          namespace,
          workflowId,
          activityId: activityId ?? '',
          identity: 'chaos',
          failure: { message: 'the worker is gone', source: 'chaos', applicationFailureInfo: { type: 'WorkerLost' } },
        })
        // It was answered at the last moment after all.
        .catch(() => undefined);
    }
  }
}

/** Ends every run of the namespace: the life that it belongs to is over. */
export async function endAllRuns({ workflow }: Client): Promise<void> {
  for await (const { workflowId } of workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    await workflow
      .getHandle(workflowId)
      .terminate('its life is over')
      .catch(() => undefined);
  }
}

/** Workers are called `gauntlet-control@host:pid`. */
function pidOf(identity: string): number {
  return Number(identity.split(':').at(-1));
}
