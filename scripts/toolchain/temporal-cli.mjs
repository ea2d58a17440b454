import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, installOnce } from './cache.mjs';
import { findOnPath, isExecutableFile, outputOf, run } from './commands.mjs';
import { downloadArchive, downloadPlatform, temporalDownloads } from './download.mjs';
import { messageOf, ToolchainError } from './toolchain-error.mjs';
import { temporalCliVersion } from './versions.mjs';

/**
 * @typedef {object} TemporalCliOptions
 * @property {import('./commands.mjs').Log} log
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [downloads] where the vendor's binaries are published
 */

const remedies = [
  'install the Temporal CLI and put `temporal` on PATH, or name it in TEMPORAL_CLI_PATH',
  'install Go 1.25 or newer, from which it can be built',
  'use a Temporal server that runs already: TEMPORAL_ADDRESS=host:port',
];

/**
 * The `temporal` executable: TEMPORAL_CLI_PATH, PATH, the cache, and else the vendor's download or a build with Go.
 * @param {TemporalCliOptions} options
 * @returns {Promise<string>}
 */
export async function ensureTemporalCli({ log, env = process.env, downloads = temporalDownloads }) {
  const present = locateTemporalCli(env);
  if (present !== undefined) return present.path;
  const folder = await installOnce({
    folder: cacheFolder(env),
    label: `Temporal CLI ${temporalCliVersion}`,
    log,
    isUsable: (candidate) => isExecutableFile(join(candidate, 'temporal')),
    install: (partial) => installTemporalCli(partial, { log, env, downloads }),
  });
  return join(folder, 'temporal');
}

/**
 * Where the executable is now, without installing anything.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, status: 'found' | 'cached' } | undefined}
 */
export function locateTemporalCli(env = process.env) {
  const chosen = env['TEMPORAL_CLI_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (isExecutableFile(chosen)) return { path: chosen, status: 'found' };
    throw new ToolchainError(`TEMPORAL_CLI_PATH names ${chosen}, which is not an executable file.`, [
      'correct it, for example TEMPORAL_CLI_PATH=/usr/local/bin/temporal',
      'unset it, and the tool chain looks for the CLI itself',
    ]);
  }
  const onPath = findOnPath('temporal', env);
  if (onPath !== undefined) return { path: onPath, status: 'found' };
  const cached = join(cacheFolder(env), 'temporal');
  return isExecutableFile(cached) ? { path: cached, status: 'cached' } : undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function cacheFolder(env) {
  return join(cacheRoot(env), `temporal-${temporalCliVersion}`);
}

/**
 * @param {string} folder
 * @param {Required<TemporalCliOptions>} options
 */
async function installTemporalCli(folder, { log, env, downloads }) {
  try {
    log(`Temporal CLI ${temporalCliVersion}: trying the vendor's download`);
    const { platform, arch } = downloadPlatform();
    const url = `${downloads}/cli/archive/v${temporalCliVersion}?platform=${platform}&arch=${arch}`;
    await downloadArchive({ url, folder, label: 'the Temporal CLI', log });
  } catch (error) {
    log(`Temporal CLI: no download (${messageOf(error)})`);
    await buildWithGo(folder, { log, env });
  }
  const executable = join(folder, 'temporal');
  const version = existsSync(executable) ? await outputOf(executable, ['--version'], { env }) : undefined;
  if (version === undefined) throw new ToolchainError('The installed Temporal CLI does not run.', remedies);
  log(`Temporal CLI installed: ${version}`);
}

/**
 * @param {string} folder
 * @param {{ log: import('./commands.mjs').Log, env: NodeJS.ProcessEnv }} options
 */
async function buildWithGo(folder, { log, env }) {
  const go = findOnPath('go', env);
  if (go === undefined) {
    throw new ToolchainError('The Temporal CLI is not installed, cannot be downloaded, and Go is absent.', remedies);
  }
  const source = `github.com/temporalio/cli/cmd/temporal@v${temporalCliVersion}`;
  log('Temporal CLI: building it with Go, once; on two cores this takes about six minutes');
  // Without its symbol tables the binary is 40 MB smaller. GOBIN decides where it goes.
  await run(go, ['install', '-ldflags=-s -w', source], {
    label: 'Building the Temporal CLI',
    log,
    env: { ...env, GOBIN: folder, GOFLAGS: '' },
    remedies,
  });
}
