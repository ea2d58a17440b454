/**
 * A worker that is loaded and waits until it is told its environment, so that one that takes the place of another is there
 * at once. Its argument is the worker's own entry.
 */
import { pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

const entry = process.argv[2] ?? '';
const orphaned = () => process.exit(0);
process.once('disconnect', orphaned);
for (const module of ['services', 'start-workers', 'connection'])
  await import(pathToFileURL(join(dirname(entry), `${module}.js`)).href);
/** @type {unknown} */
const environment = await new Promise((resolve) => {
  process.once('message', resolve);
});
process.off('disconnect', orphaned);
Object.assign(process.env, /** @type {Record<string, string>} */ (environment));
await import(pathToFileURL(entry).href);
