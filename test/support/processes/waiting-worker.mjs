/**
 * A worker that is loaded and waits until it is told its environment, so that one that takes the place of another is there
 * at once. It is joined as `workers/main.ts` joins it, but starts no predictors before they are needed: most of these
 * workers are gone before. Its argument is the folder of the built files.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {typeof import('../../../workers/services.js')} Services */
/** @typedef {typeof import('../../../workers/start-workers.js')} StartWorkers */
/** @typedef {typeof import('../../../workers/connection.js')} Connection */
/** @typedef {typeof import('../../../workers/settings.js')} Settings */
/** @typedef {typeof import('../../../adapters/temporal/signal-directory.js')} Signals */
/** @typedef {typeof import('../../../adapters/temporal/workflow-directory.js')} Directory */

/** @param {string} name */
const load = (name) => import(pathToFileURL(join(process.argv[2] ?? '', name)).href);

const orphaned = () => process.exit(0);
process.once('disconnect', orphaned);
const { openServices } = /** @type {Services} */ (await load('workers/services.js'));
const { createActivities, startWorkers } = /** @type {StartWorkers} */ (await load('workers/start-workers.js'));
const { connectClient, connectWorker } = /** @type {Connection} */ (await load('workers/connection.js'));
const { readSettings } = /** @type {Settings} */ (await load('workers/settings.js'));
const { createSignalDirectory } = /** @type {Signals} */ (await load('adapters/temporal/signal-directory.js'));
const { createWorkflowDirectory } = /** @type {Directory} */ (await load('adapters/temporal/workflow-directory.js'));

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
