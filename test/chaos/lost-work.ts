import type { Client, WorkflowHandle } from '@temporalio/client';

/** As the server says it: handed to a worker, which has not answered. */
const startedState = 2;

/**
 * Ends what workers that are gone, or hang in it, have taken with them. Temporal does the same by itself after the
 * step's timeout; here nobody waits for that, and the retry that follows is the same.
 */
export async function giveUpLostWork(
  client: Client,
  handles: readonly WorkflowHandle[],
  alivePids: ReadonlySet<number>,
): Promise<void> {
  const { namespace } = client.options;
  for (const { workflowId } of handles) {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') continue;
    const lost = (raw.pendingActivities ?? []).filter(
      (activity) => Number(activity.state) === startedState && !alivePids.has(pidOf(activity.lastWorkerIdentity ?? '')),
    );
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

/** Workers are called `gauntlet-control@host:pid`. */
function pidOf(identity: string): number {
  return Number(identity.split(':').at(-1));
}
