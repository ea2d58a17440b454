import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from './cache.mjs';
import { findOnPath, run } from './commands.mjs';
import { withLock } from './lock.mjs';
import { lockNameOf, repositoryRoot } from './repository.mjs';
import { ToolchainError } from './toolchain-error.mjs';

/** npm writes this file last, so an interrupted installation has none or an old one. */
const installedLock = join(repositoryRoot, 'node_modules', '.package-lock.json');

/**
 * Installs the JavaScript packages as locked, when they are missing or older than package-lock.json.
 * @param {{ log: import('./commands.mjs').Log }} options
 */
export async function ensureNodeModules({ log }) {
  if (areNodeModulesCurrent()) return;
  const lockFile = join(cacheRoot(), 'locks', `${lockNameOf('node-modules')}.lock`);
  await withLock(lockFile, { log, purpose: 'JavaScript packages' }, async () => {
    if (areNodeModulesCurrent()) return;
    const npm = findOnPath('npm');
    if (npm === undefined) throw new ToolchainError('npm is not on PATH.', ['install it; it comes with Node.js']);
    log('JavaScript packages: npm ci');
    await run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      label: 'npm ci',
      log,
      cwd: repositoryRoot,
      // The runtime for processors is in the package; its install script would fetch files for graphics cards.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
      remedies: ['look at the message of npm above, then run the same command again'],
    });
  });
}

export function areNodeModulesCurrent() {
  const installedAt = statSync(installedLock, { throwIfNoEntry: false })?.mtimeMs;
  return installedAt !== undefined && installedAt >= statSync(join(repositoryRoot, 'package-lock.json')).mtimeMs;
}
