/**
 * A worker that is loaded and waits until it is told its environment, so that one that takes the place of another is there
 * at once. It is joined as `workers/main.ts` joins it, but starts no predictors before they are needed: most of these
 * workers are gone before. Runs the compiled program.
 */
import { createSignalDirectory } from '../../../dist/adapters/temporal/signal-directory.js';
import { createWorkflowDirectory } from '../../../dist/adapters/temporal/workflow-directory.js';
import { connectClient, connectWorker } from '../../../dist/workers/connection.js';
import { openServices } from '../../../dist/workers/services.js';
import { readSettings } from '../../../dist/workers/settings.js';
import { createActivities, startWorkers } from '../../../dist/workers/start-workers.js';

const orphaned = () => process.exit(0);
process.once('disconnect', orphaned);
/** @type {unknown} */
const environment = await new Promise((resolve) => {
  process.once('message', resolve);
});
Object.assign(process.env, /** @type {Record<string, string>} */ (environment));
const settings = readSettings();
const [connection, client] = await Promise.all([connectWorker(settings), connectClient(settings)]);
const activities = createActivities({
  ...(await openServices(settings)),
  directory: createWorkflowDirectory(client),
  signals: createSignalDirectory(client.workflow),
  hasSearchAttributes: false,
});
const namespace = settings.temporalNamespace;
const workers = await startWorkers({ connection, namespace, activities, queues: ['control', 'compute', 'train'] });
process.stdout.write('worker ready\n');
await Promise.all(workers.map((worker) => worker.run()));
await client.connection.close();
await connection.close();
process.exit(0);
