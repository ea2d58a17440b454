/**
 * Preloaded before a worker's own entry: loads what takes long, and waits until it is told its environment. So a worker
 * that takes the place of one that went down is there at once.
 */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const dist = process.env['GAUNTLET_WAITING_DIST'] ?? '';
process.once('disconnect', () => process.exit(0));
for (const module of ['services', 'start-workers', 'connection'])
  await import(pathToFileURL(join(dist, 'workers', `${module}.js`)).href);
/** @type {unknown} */
const environment = await new Promise((resolve) => {
  process.once('message', resolve);
  process.send?.('loaded');
});
Object.assign(process.env, /** @type {Record<string, string>} */ (environment));
