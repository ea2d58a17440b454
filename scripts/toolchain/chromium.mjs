import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findOnPath, isExecutableFile } from './commands.mjs';
import { canInstallDebianPackages, installDebianPackages } from './debian-packages.mjs';
import { messageOf, ToolchainError } from './toolchain-error.mjs';

const remedies = [
  'install Chromium (Debian and Ubuntu: apt-get install chromium)',
  'name one in CHROMIUM_PATH, for example CHROMIUM_PATH=/usr/bin/chromium',
  'let Playwright install one: npx playwright-core install chromium',
];

/**
 * A Chromium for the browser tests: CHROMIUM_PATH, PATH, Playwright's own, else the distribution's package.
 * @param {{ log: import('./commands.mjs').Log, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<string>}
 */
export async function ensureChromium({ log, env = process.env }) {
  const present = locateChromium(env);
  if (present !== undefined) return present.path;
  /** @type {unknown} */
  let cause;
  if (canInstallDebianPackages()) {
    await installDebianPackages(['chromium'], log).catch((/** @type {unknown} */ error) => (cause = error));
    const installed = locateChromium(env);
    if (installed !== undefined) return installed.path;
  }
  const detail = cause === undefined ? '' : ` Its installation failed: ${messageOf(cause)}`;
  throw new ToolchainError(`NO CHROMIUM: the browser tests cannot run.${detail}`, remedies, cause);
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, status: 'found' } | undefined}
 */
export function locateChromium(env = process.env) {
  const chosen = env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (isExecutableFile(chosen)) return { path: chosen, status: 'found' };
    throw new ToolchainError(`CHROMIUM_PATH names ${chosen}, which is not an executable file.`, remedies);
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const path =
    names.map((name) => findOnPath(name, env)).find((found) => found !== undefined) ?? playwrightChromium(env);
  return path === undefined ? undefined : { path, status: 'found' };
}

/**
 * The newest one in the folder into which Playwright installs browsers.
 * @param {NodeJS.ProcessEnv} env
 */
function playwrightChromium(env) {
  const folder = env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), '.cache', 'ms-playwright');
  if (!existsSync(folder)) return undefined;
  const revisions = readdirSync(folder).filter((name) => /^chromium-\d+$/.test(name));
  revisions.sort((one, other) => Number(other.split('-')[1]) - Number(one.split('-')[1]));
  return revisions
    .flatMap((revision) => ['chrome-linux', 'chrome-linux64'].map((place) => join(folder, revision, place, 'chrome')))
    .find(isExecutableFile);
}
