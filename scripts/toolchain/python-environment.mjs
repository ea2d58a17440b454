import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, installOnce } from './cache.mjs';
import { findOnPath, outputOf, run } from './commands.mjs';
import { canInstallDebianPackages, installDebianPackages } from './debian-packages.mjs';
import { repositoryRoot } from './repository.mjs';
import { ToolchainError } from './toolchain-error.mjs';
import { isAtLeast, minimumPythonVersion } from './versions.mjs';

/** @typedef {import('./commands.mjs').Log} Log */
/** @typedef {{ path: string, version: string }} Interpreter */

/** Every library of the environment with its hash, whatever the platform. */
export const pythonLockFile = join(repositoryRoot, 'trainers', 'lightgbm', 'requirements.lock');

/** What `npm run bench -- scoring` compares with; an environment of its own. */
const peersLockFile = join(repositoryRoot, 'bench', 'peers', 'requirements.lock');

const label = 'Python environment';

const remedies = [
  `install Python ${minimumPythonVersion} or newer (3.12 or 3.11 are best tried)`,
  'name one in GAUNTLET_PYTHON, for example GAUNTLET_PYTHON=/usr/bin/python3.11',
];

/** Interpreters in the order of preference: those for which every locked library publishes a built package. */
const interpreterNames = ['python3.12', 'python3.11', 'python3', 'python3.13', 'python3.10', 'python'];

/**
 * The `python` of an environment that holds the peers of the scoring bench exactly as locked.
 * @param {{ log: Log, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<string>}
 */
export function ensurePeersEnvironment({ log, env = process.env }) {
  return ensurePythonEnvironment({ log, env, lockFile: peersLockFile, contents: 'the peers of the scoring bench' });
}

/**
 * The `python` of an environment that holds MLflow and the trainer's libraries exactly as locked.
 * @param {{ log: Log, env?: NodeJS.ProcessEnv, lockFile?: string, contents?: string }} options
 * @returns {Promise<string>}
 */
export async function ensurePythonEnvironment({
  log,
  env = process.env,
  lockFile = pythonLockFile,
  contents = "MLflow and the trainer's libraries",
}) {
  const interpreter = await requireInterpreter({ log, env });
  const folder = await installOnce({
    folder: environmentFolder(interpreter, env, lockFile),
    label,
    log,
    isUsable: (candidate) => existsSync(pythonOf(candidate)),
    install: (partial) => installEnvironment(partial, { interpreter, log, env, lockFile, contents }),
  });
  return pythonOf(folder);
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ path: string, status: 'cached', version: string } | undefined>}
 */
export async function locatePythonEnvironment(env = process.env) {
  const interpreter = await findInterpreter(env);
  if (interpreter === undefined) return undefined;
  const path = pythonOf(environmentFolder(interpreter, env, pythonLockFile));
  return existsSync(path) ? { path, status: 'cached', version: interpreter.version } : undefined;
}

/** @param {string} folder */
function pythonOf(folder) {
  return join(folder, 'bin', 'python');
}

/**
 * @param {Interpreter} interpreter
 * @param {NodeJS.ProcessEnv} env
 * @param {string} lockFile
 */
function environmentFolder(interpreter, env, lockFile) {
  const digest = createHash('sha256').update(readFileSync(lockFile)).digest('hex').slice(0, 12);
  return join(cacheRoot(env), `python-${interpreter.version}-${digest}`);
}

/** @param {{ log: Log, env: NodeJS.ProcessEnv }} options */
async function requireInterpreter({ log, env }) {
  const found = await findInterpreter(env);
  if (found !== undefined) return found;
  if (canInstallDebianPackages()) {
    await installDebianPackages(['python3', 'python3-venv'], log);
    const installed = await findInterpreter(env);
    if (installed !== undefined) return installed;
  }
  throw new ToolchainError(`No Python ${minimumPythonVersion} or newer was found on PATH.`, remedies);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Interpreter | undefined>}
 */
async function findInterpreter(env) {
  const chosen = env['GAUNTLET_PYTHON'];
  if (chosen !== undefined && chosen !== '') {
    const interpreter = await probeInterpreter(chosen, env);
    if (interpreter !== undefined) return interpreter;
    throw new ToolchainError(
      `GAUNTLET_PYTHON names ${chosen}, which is no Python ${minimumPythonVersion} or newer.`,
      remedies,
    );
  }
  for (const name of interpreterNames) {
    const path = findOnPath(name, env);
    const interpreter = path === undefined ? undefined : await probeInterpreter(path, env);
    if (interpreter !== undefined) return interpreter;
  }
  return undefined;
}

/**
 * Asks an interpreter who it is: a name on PATH may be a shim that refuses to run, or an older version.
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Interpreter | undefined>}
 */
async function probeInterpreter(command, env) {
  const question = 'import platform, sys; print(sys.executable); print(platform.python_version())';
  const [path, version] = ((await outputOf(command, ['-c', question], { env })) ?? '').split('\n');
  if (path === undefined || version === undefined || !isAtLeast(version, minimumPythonVersion)) return undefined;
  return { path, version };
}

/**
 * @param {string} folder
 * @param {{ interpreter: Interpreter, log: Log, env: NodeJS.ProcessEnv, lockFile: string, contents: string }} options
 */
async function installEnvironment(folder, { interpreter, log, env, lockFile, contents }) {
  const uv = findOnPath('uv', env);
  log(`${label}: installing ${contents} for Python ${interpreter.version}, once; about a gigabyte`);
  if (uv === undefined) {
    await createVenv(folder, { interpreter, log, env });
    // Compiled here, because where PYTHONDONTWRITEBYTECODE is set the server would compile at every start.
    const options = ['--no-input', '--progress-bar', 'off', '--compile', '--require-hashes', '-r', lockFile];
    await run(pythonOf(folder), ['-m', 'pip', 'install', ...options], { label: `${label} (pip)`, log, env });
  } else {
    await run(uv, ['venv', '--quiet', '--python', interpreter.path, '--allow-existing', folder], { label, log, env });
    const options = ['--quiet', '--compile-bytecode', '--require-hashes', '--python', pythonOf(folder), '-r', lockFile];
    await run(uv, ['pip', 'install', ...options], { label: `${label} (uv)`, log, env });
  }
  relocateScripts(folder);
}

/**
 * @param {string} folder
 * @param {{ interpreter: Interpreter, log: Log, env: NodeJS.ProcessEnv }} options
 */
async function createVenv(folder, { interpreter, log, env }) {
  const complete = await outputOf(interpreter.path, ['-c', 'import ensurepip, venv; print("yes")'], { env });
  if (complete === undefined) {
    const version = interpreter.version.split('.').slice(0, 2).join('.');
    if (!canInstallDebianPackages()) {
      throw new ToolchainError(`${interpreter.path} cannot create environments: its venv module is not installed.`, [
        `install it (Debian and Ubuntu: apt-get install python${version}-venv)`,
        'install uv and put it on PATH',
        ...remedies,
      ]);
    }
    await installDebianPackages([`python${version}-venv`], log);
  }
  await run(interpreter.path, ['-m', 'venv', folder], { label, log, env });
}

/**
 * Scripts name the folder in which they were installed, which is about to get its final name.
 * @param {string} folder named `<final name>.partial-<random>`
 */
function relocateScripts(folder) {
  const finalFolder = folder.replace(/\.partial-[^/]*$/, '');
  const bin = join(folder, 'bin');
  for (const entry of readdirSync(bin, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(bin, entry.name);
    const text = readFileSync(path, 'latin1');
    if (text.includes(folder)) writeFileSync(path, text.replaceAll(folder, finalFolder), 'latin1');
  }
}
