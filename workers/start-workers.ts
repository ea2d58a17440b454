import os from 'node:os';
import { Worker, type NativeConnection } from '@temporalio/worker';
import { createEvidenceActivities } from '../activities/evidence/evidence-activities.js';
import { classifyFailures } from '../activities/failures.js';
import { createMonitoringActivities } from '../activities/monitoring/monitoring-activities.js';
import type { SignalDirectory } from '../activities/ports/signal-directory.js';
import type { WorkflowDirectory } from '../activities/ports/workflow-directory.js';
import { createDecisionActivities } from '../activities/promotion/decision-activities.js';
import { createProjectionActivities } from '../activities/promotion/projection-activities.js';
import { createPromotionActivities } from '../activities/promotion/promotion-activities.js';
import { createRollbackActivities } from '../activities/rollback/rollback-activities.js';
import { createStepActivities } from '../activities/rollout/step-activities.js';
import { createLookActivities } from '../activities/rollout/look-activities.js';
import { withRunFacts } from '../activities/run-facts.js';
import { createScoringActivities } from '../activities/scoring/scoring-activities.js';
import { createTrainingActivities } from '../activities/training/training-activities.js';
import { builtEntry } from '../adapters/built-entry.js';
import { taskQueues } from '../workflows/api.js';
import type { Services } from './services.js';

export type QueueName = keyof typeof taskQueues;

/** All activities, with their failures classified. */
export function createActivities(
  services: Services & {
    readonly directory: WorkflowDirectory;
    readonly signals: SignalDirectory;
    readonly hasSearchAttributes: boolean;
  },
) {
  const activities = {
    ...createScoringActivities(services),
    ...createTrainingActivities(services),
    ...createEvidenceActivities(services),
    ...createPromotionActivities(services),
    ...createDecisionActivities(services),
    ...createProjectionActivities(services),
    ...createLookActivities(services),
    ...createRollbackActivities(services),
    ...createStepActivities(services),
    ...createMonitoringActivities(services),
  };
  return classifyFailures(withRunFacts(activities, services));
}

/** Work that runs at once, by queue. Compute and training are bounded by the machine, control work is waiting mostly. */
function slots(queue: QueueName): number {
  const cores = os.availableParallelism();
  return { control: 20, compute: Math.max(1, cores), train: Math.max(1, Math.floor(cores / 2)) }[queue];
}

/** Long enough to finish a publication; scoring and training are resumed by the next worker. */
const shutdownGraceTime = '10 seconds';

/** Heartbeats carry progress to people and cancellation to activities: neither may be older than about a second. */
const maxHeartbeatThrottleInterval = '1 second';

/** One worker for each queue; only the control queue runs workflows. */
export async function startWorkers(args: {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: ReturnType<typeof createActivities>;
  readonly queues: readonly QueueName[];
}): Promise<readonly Worker[]> {
  const { connection, namespace, activities, queues } = args;
  return Promise.all(
    queues.map((queue) =>
      Worker.create({
        connection,
        namespace,
        activities,
        taskQueue: taskQueues[queue],
        identity: `gauntlet-${queue}@${os.hostname()}:${String(process.pid)}`,
        maxConcurrentActivityTaskExecutions: slots(queue),
        shutdownGraceTime,
        maxHeartbeatThrottleInterval,
        ...(queue === 'control'
          ? { workflowBundle: { codePath: builtEntry('workflow-bundle.js') }, maxCachedWorkflows: 100 }
          : {}),
      }),
    ),
  );
}
