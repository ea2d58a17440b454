import { join } from 'node:path';
import { cacheRoot, installOnce } from './cache.mjs';
import { findOnPath, isExecutableFile, outputOf, run } from './commands.mjs';
import { ToolchainError } from './toolchain-error.mjs';
import { s3ServerVersion } from './versions.mjs';

/**
 * @typedef {object} S3ServerOptions
 * @property {import('./commands.mjs').Log} log
 * @property {NodeJS.ProcessEnv} [env]
 */

const executableName = 'versitygw';

const remedies = [
  'install Go 1.25 or newer, from which it is built once',
  'name an executable in VERSITYGW_PATH, for example VERSITYGW_PATH=/usr/local/bin/versitygw',
];

/**
 * The S3-compatible server that tests of the S3 store start: VERSITYGW_PATH, PATH, the cache, and else a build with Go.
 * @param {S3ServerOptions} options
 * @returns {Promise<string>}
 */
export async function ensureS3Server({ log, env = process.env }) {
  const present = locateS3Server(env);
  if (present !== undefined) return present.path;
  const folder = await installOnce({
    folder: cacheFolder(env),
    label: `versitygw ${s3ServerVersion}`,
    log,
    isUsable: (candidate) => isExecutableFile(join(candidate, executableName)),
    install: (partial) => buildWithGo(partial, { log, env }),
  });
  return join(folder, executableName);
}

/**
 * Where the executable is now, without installing anything.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, status: 'found' | 'cached' } | undefined}
 */
export function locateS3Server(env = process.env) {
  const chosen = env['VERSITYGW_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (isExecutableFile(chosen)) return { path: chosen, status: 'found' };
    throw new ToolchainError(`VERSITYGW_PATH names ${chosen}, which is not an executable file.`, [
      'correct it, for example VERSITYGW_PATH=/usr/local/bin/versitygw',
      'unset it, and the tool chain looks for the server itself',
    ]);
  }
  const onPath = findOnPath(executableName, env);
  if (onPath !== undefined) return { path: onPath, status: 'found' };
  const cached = join(cacheFolder(env), executableName);
  return isExecutableFile(cached) ? { path: cached, status: 'cached' } : undefined;
}

/** @param {NodeJS.ProcessEnv} env */
function cacheFolder(env) {
  return join(cacheRoot(env), `versitygw-${s3ServerVersion}`);
}

/**
 * @param {string} folder
 * @param {{ log: import('./commands.mjs').Log, env: NodeJS.ProcessEnv }} options
 */
async function buildWithGo(folder, { log, env }) {
  const go = findOnPath('go', env);
  if (go === undefined) {
    throw new ToolchainError('NO S3 SERVER: the tests of the S3 store cannot run, because Go is absent.', remedies);
  }
  const source = `github.com/versity/versitygw/cmd/versitygw@v${s3ServerVersion}`;
  log(`versitygw ${s3ServerVersion}: building it with Go, once; on two cores this takes about three minutes`);
  // Without its symbol tables the binary is a third smaller. GOBIN decides where it goes.
  await run(go, ['install', '-ldflags=-s -w', source], {
    label: 'Building versitygw',
    log,
    env: { ...env, GOBIN: folder, GOFLAGS: '' },
    remedies,
  });
  const version = await outputOf(join(folder, executableName), ['--version'], { env });
  if (version === undefined) throw new ToolchainError('The built versitygw does not run.', remedies);
}
