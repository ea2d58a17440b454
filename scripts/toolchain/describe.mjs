import { locateChromium } from './chromium.mjs';
import { findOnPath, outputOf } from './commands.mjs';
import { areNodeModulesCurrent } from './node-modules.mjs';
import { locatePythonEnvironment } from './python-environment.mjs';
import { repositoryRoot } from './repository.mjs';
import { locateS3Server } from './s3-server.mjs';
import { locateTemporalCli } from './temporal-cli.mjs';
import { locateTestServer } from './test-server.mjs';
import { messageOf } from './toolchain-error.mjs';
import {
  isAtLeast,
  minimumNodeVersion,
  s3ServerVersion,
  temporalCliVersion,
  temporalTestServerVersion,
} from './versions.mjs';

/**
 * One line of `gauntlet doctor`.
 * @typedef {object} ToolDescription
 * @property {string} name
 * @property {'found' | 'cached' | 'missing'} status found: somebody else's; cached: ours
 * @property {string | undefined} version
 * @property {string | undefined} path
 * @property {string} how how it is obtained where it is missing, or what is wrong with it
 */

/** @typedef {{ path: string, status: 'found' | 'cached' }} Located */

/**
 * What is there and what is not, without installing anything.
 * @returns {Promise<ToolDescription[]>}
 */
export async function describeToolchain() {
  return [
    describeNode(),
    describeNodeModules(),
    await describeTool('Temporal CLI', locateTemporalCli, ['--version'], temporalRoute(), temporalCliVersion),
    await describeTool(
      'Temporal test server',
      locateTestServer,
      temporalTestServerVersion,
      'downloaded, or fetched with Maven and run with Java; only tests need it',
    ),
    await describeTool('Python environment', locatePythonEnvironment, ['--version'], pythonRoute()),
    await describeTool(
      'Chromium',
      locateChromium,
      ['--version'],
      'CHROMIUM_PATH, or the package chromium of the distribution; only browser tests need it',
    ),
    await describeTool('S3 test server', locateS3Server, s3ServerVersion, s3ServerRoute()),
  ];
}

/** @returns {ToolDescription} */
function describeNode() {
  const version = process.versions.node;
  const fits = isAtLeast(version, minimumNodeVersion);
  const how = `Node.js ${minimumNodeVersion} or newer`;
  return { name: 'Node.js', status: fits ? 'found' : 'missing', version, path: process.execPath, how };
}

/** @returns {ToolDescription} */
function describeNodeModules() {
  const status = areNodeModulesCurrent() ? 'found' : 'missing';
  return {
    name: 'JavaScript packages',
    status,
    version: undefined,
    path: `${repositoryRoot}/node_modules`,
    how: 'npm ci',
  };
}

/**
 * @param {string} name
 * @param {() => Located | undefined | Promise<Located | undefined>} locate
 * @param {string[] | string} versionOrArgs the arguments that make the tool say its version, or what we installed
 * @param {string} route
 * @param {string} [ours] what we installed, where that is more than the tool knows: one built from source calls itself a DEV version
 * @returns {Promise<ToolDescription>}
 */
async function describeTool(name, locate, versionOrArgs, route, ours) {
  try {
    const located = await locate();
    if (located === undefined) return { name, status: 'missing', version: undefined, path: undefined, how: route };
    const known = located.status === 'cached' && ours !== undefined ? ours : versionOrArgs;
    const version = typeof known === 'string' ? known : await outputOf(located.path, known);
    return { name, ...located, version, how: route };
  } catch (error) {
    return { name, status: 'missing', version: undefined, path: undefined, how: messageOf(error) };
  }
}

function temporalRoute() {
  const builder =
    findOnPath('go') === undefined ? 'Go is absent, so it could not be built' : 'built with Go (six minutes)';
  return `TEMPORAL_CLI_PATH, \`temporal\` on PATH, downloaded, or ${builder}; not needed with TEMPORAL_ADDRESS`;
}

function s3ServerRoute() {
  const builder =
    findOnPath('go') === undefined ? 'Go is absent, so it could not be built' : 'built with Go (three minutes)';
  return `VERSITYGW_PATH, \`versitygw\` on PATH, or ${builder}; only tests of the S3 store need it`;
}

function pythonRoute() {
  const installer = findOnPath('uv') === undefined ? 'pip (two minutes)' : 'uv (half a minute)';
  return `installed from trainers/lightgbm/requirements.lock with ${installer}; GAUNTLET_PYTHON chooses the interpreter`;
}
