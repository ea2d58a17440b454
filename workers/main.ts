import type { Client } from '@temporalio/client';
import { createSignalDirectory } from '../adapters/temporal/signal-directory.js';
import { createWorkflowDirectory } from '../adapters/temporal/workflow-directory.js';
import { taskQueues } from '../workflows/api.js';
import { connectClient, connectWorker } from './connection.js';
import { decideSearchAttributes } from './search-attributes.js';
import { openServices } from './services.js';
import { readSettings } from './settings.js';
import { createActivities, startWorkers, type QueueName } from './start-workers.js';

const allQueues = Object.keys(taskQueues) as QueueName[];

/** `GAUNTLET_QUEUES=compute,train` makes a worker that serves only these; the default serves all. */
function queuesOf(text: string | undefined): readonly QueueName[] {
  if (text === undefined || text.trim() === '') return allQueues;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !allQueues.includes(name as QueueName));
  if (unknown.length === 0) return names as QueueName[];
  throw new Error(
    `GAUNTLET_QUEUES: found ${unknown.join(', ')}, expected some of ${allQueues.join(', ')}; for example GAUNTLET_QUEUES=compute,train`,
  );
}

/** Runs until SIGINT or SIGTERM, then lets what is under way end. */
async function main(): Promise<void> {
  const settings = readSettings();
  const queues = queuesOf(process.env['GAUNTLET_QUEUES']);
  const [connection, client] = await Promise.all([connectWorker(settings), connectClient(settings)]);
  const services = await openServices(settings);
  const hasSearchAttributes = await decideSearchAttributes(client, settings.searchAttributes, warn);
  const activities = createActivities({
    ...services,
    directory: createWorkflowDirectory(client),
    signals: createSignalDirectory(client.workflow),
    hasSearchAttributes,
  });
  if (queues.includes('compute')) services.scorer.warmUp();
  const workers = await startWorkers({ connection, namespace: settings.temporalNamespace, activities, queues });
  process.stdout.write(
    `worker ready: queues ${queues.join(', ')} at ${settings.temporalAddress}, store ${settings.storeLocation}\n`,
  );
  endWithParent();
  await Promise.all(workers.map((worker) => worker.run()));
  await closeAll(client, connection);
}

function warn(line: string): void {
  process.stderr.write(`warning: ${line}\n`);
}

/** A worker that a development stack started ends with it, however the stack ended. */
function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

async function closeAll(client: Client, connection: { close(): Promise<void> }): Promise<void> {
  await client.connection.close();
  await connection.close();
}

await main();
