import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { withLock } from './lock.mjs';

/** @typedef {import('./commands.mjs').Log} Log */

/**
 * Where installed tools are kept, outside the repository, so that every checkout shares them.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function cacheRoot(env = process.env) {
  const chosen = env['GAUNTLET_CACHE'];
  return chosen === undefined || chosen === '' ? join(homedir(), '.cache', 'gauntlet') : chosen;
}

/**
 * Installs into the cache once and answers the folder.
 *
 * The work is done in a sibling folder which then gets its final name in one step: a folder with that name is
 * complete, and an interrupted installation leaves only a partial sibling, which the next one removes.
 * @param {object} options
 * @param {string} options.folder final path; its name holds tool and version
 * @param {string} options.label for progress lines
 * @param {Log} options.log
 * @param {(folder: string) => boolean} [options.isUsable] a folder that fails this is installed anew
 * @param {(partial: string) => Promise<void>} options.install fills the folder, which exists and is empty
 * @returns {Promise<string>}
 */
export async function installOnce({ folder, label, log, isUsable = existsSync, install }) {
  if (existsSync(folder) && isUsable(folder)) return folder;
  const root = join(folder, '..');
  mkdirSync(root, { recursive: true });
  return withLock(join(root, 'locks', `${basename(folder)}.lock`), { log, purpose: label }, async () => {
    if (existsSync(folder) && isUsable(folder)) return folder;
    removeLeftovers(folder);
    const partial = `${folder}.partial-${randomUUID().slice(0, 8)}`;
    mkdirSync(partial);
    try {
      await install(partial);
      renameSync(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
    return folder;
  });
}

/**
 * Called under the lock: nobody alive works in these folders.
 * @param {string} folder
 */
function removeLeftovers(folder) {
  rmSync(folder, { recursive: true, force: true });
  const root = join(folder, '..');
  for (const name of readdirSync(root)) {
    if (name.startsWith(`${basename(folder)}.partial-`)) rmSync(join(root, name), { recursive: true, force: true });
  }
}
