/**
 * The tool chain that sets itself up: each `ensure…` answers a path and installs first what is missing, once, into a
 * cache outside the repository. `describeToolchain` only looks.
 */
import { ensureChromium } from './chromium.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { ensureTemporalCli } from './temporal-cli.mjs';
import { ensureTestServer } from './test-server.mjs';

export { ensureBuilt, isBuilt } from './build.mjs';
export { cacheRoot, installOnce } from './cache.mjs';
export { findOnPath, run } from './commands.mjs';
export { ensureChromium, locateChromium } from './chromium.mjs';
export { describeToolchain } from './describe.mjs';
export { ensureNodeModules } from './node-modules.mjs';
export { ensurePeersEnvironment, ensurePythonEnvironment, locatePythonEnvironment } from './python-environment.mjs';
export { ensureTemporalCli, locateTemporalCli } from './temporal-cli.mjs';
export { ensureTestServer, locateTestServer } from './test-server.mjs';
export { ToolchainError } from './toolchain-error.mjs';

/** @typedef {'temporal' | 'test-server' | 'python' | 'chromium'} Tool */

/**
 * @typedef {object} ToolPaths
 * @property {string} [temporalPath]
 * @property {string} [testServerPath]
 * @property {string} [pythonPath]
 * @property {string} [chromiumPath]
 */

/**
 * Makes sure of several tools, one after another so that their progress lines do not mix.
 * @param {{ need: Tool[], log: import('./commands.mjs').Log }} options
 * @returns {Promise<ToolPaths>} a path for each tool that was asked for
 */
export async function ensureToolchain({ need, log }) {
  /** @type {ToolPaths} */
  const paths = {};
  if (need.includes('python')) paths.pythonPath = await ensurePythonEnvironment({ log });
  if (need.includes('test-server')) paths.testServerPath = await ensureTestServer({ log });
  if (need.includes('temporal')) paths.temporalPath = await ensureTemporalCli({ log });
  if (need.includes('chromium')) paths.chromiumPath = await ensureChromium({ log });
  return paths;
}
