import { findOnPath, run } from './commands.mjs';

/** Whether this process may install packages of a Debian-like distribution. */
export function canInstallDebianPackages() {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== undefined;
}

/**
 * Installs packages of the distribution; only where `canInstallDebianPackages()`.
 * @param {string[]} packages
 * @param {import('./commands.mjs').Log} log
 */
export async function installDebianPackages(packages, log) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  log(`Installing the packages ${packages.join(', ')} of this distribution`);
  // Package lists may be old or, in a fresh container, absent; a failed update still leaves what is there.
  await run('apt-get', ['update', '-qq'], { label: 'Updating the package lists', log, env }).catch(() => undefined);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    label: `Installing ${packages.join(', ')}`,
    log,
    env,
  });
}
