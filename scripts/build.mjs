/** `npm run build`: installs the JavaScript packages if needed, compiles, and bundles the workflows. */
import { log, runEntry } from './entry.mjs';
import { ensureBuilt } from './toolchain/build.mjs';
import { ensureNodeModules } from './toolchain/node-modules.mjs';

await runEntry(async () => {
  await ensureNodeModules({ log });
  await ensureBuilt({ log });
  return 0;
});
