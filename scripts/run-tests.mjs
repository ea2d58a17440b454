import { join } from 'node:path';
import { ensureBuilt, ensureChromium, ensureNodeModules, ensureToolchain } from './toolchain/index.mjs';
import { runInForeground } from './toolchain/commands.mjs';
import { repositoryRoot } from './toolchain/repository.mjs';
import { messageOf } from './toolchain/toolchain-error.mjs';

/**
 * Installs, builds and runs the tests; answers the exit code of vitest.
 * @param {string[]} args passed on to vitest
 * @param {{ log: import('./toolchain/commands.mjs').Log }} options
 */
export async function runTests(args, { log }) {
  await ensureNodeModules({ log });
  await ensureToolchain({ need: ['python', 'test-server', 'temporal'], log });
  await offerChromium(log);
  await ensureBuilt({ log });
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  return runInForeground(process.execPath, [vitest, 'run', ...args], { cwd: repositoryRoot });
}

/**
 * Without a browser all other tests are still worth running; the browser tests fail and say why.
 * @param {import('./toolchain/commands.mjs').Log} log
 */
async function offerChromium(log) {
  try {
    await ensureChromium({ log });
  } catch (error) {
    log(messageOf(error));
  }
}
