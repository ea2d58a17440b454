import { join } from 'node:path';
import { ensureBuilt, ensureChromium, ensureNodeModules, ensureS3Server, ensureToolchain } from './toolchain/index.mjs';
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
  await offer(ensureChromium, log);
  await offer(ensureS3Server, log);
  await ensureBuilt({ log });
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  return runInForeground(process.execPath, [vitest, 'run', ...args], { cwd: repositoryRoot });
}

/**
 * Without a browser or an S3 server all other tests are still worth running; those that need it fail and say why.
 * @param {(options: { log: import('./toolchain/commands.mjs').Log }) => Promise<string>} ensure
 * @param {import('./toolchain/commands.mjs').Log} log
 */
async function offer(ensure, log) {
  try {
    await ensure({ log });
  } catch (error) {
    log(messageOf(error));
  }
}
