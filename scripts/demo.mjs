/** `npm run demo [-- arguments]`: works straight after a clone, because it installs and builds what is missing. */
import { join } from 'node:path';
import { log, runEntry } from './entry.mjs';
import { runInForeground } from './toolchain/commands.mjs';
import { ensureBuilt, ensureNodeModules, ensureToolchain } from './toolchain/index.mjs';
import { repositoryRoot } from './toolchain/repository.mjs';

await runEntry(async () => {
  await ensureNodeModules({ log });
  await ensureToolchain({ need: neededTools(), log });
  await ensureBuilt({ log });
  const gauntlet = join(repositoryRoot, 'dist', 'cli', 'main.js');
  return runInForeground(process.execPath, [gauntlet, 'demo', ...process.argv.slice(2)]);
});

/** The trainer needs Python always; Temporal's server only where none is given. */
function neededTools() {
  /** @type {import('./toolchain/index.mjs').Tool[]} */
  const tools = ['python'];
  return process.env['TEMPORAL_ADDRESS'] ? tools : [...tools, /** @type {const} */ ('temporal')];
}
