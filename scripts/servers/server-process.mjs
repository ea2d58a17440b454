import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findOnPath } from '../toolchain/commands.mjs';
import { tryLock } from '../toolchain/lock.mjs';
import { ToolchainError } from '../toolchain/toolchain-error.mjs';

/** @typedef {import('../toolchain/commands.mjs').Log} Log */

/**
 * @typedef {object} ServerSpecification
 * @property {string} name of the lock and the log file, and for people
 * @property {string} command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {string} stateDir
 * @property {() => Promise<boolean>} isHealthy asked again and again until it says yes
 * @property {number} healthyWithinMs
 */

/** @typedef {{ pid: number, stop: () => Promise<void> }} RunningServer */

const healthPollMs = 100;

/** A server that has not ended by itself after this long is killed. */
const endWithinMs = 10_000;

/** Enough to see why a server did not start. */
const shownLogLines = 25;

/**
 * Starts a server of our own and waits until it is healthy.
 *
 * It runs in a process group of its own, so that stopping it stops what it started and nothing else, and so that Ctrl-C
 * in a terminal reaches it through us. It ends with this process even when this process is killed, where the system
 * offers that. One state folder has one such server at a time: two would share a database file.
 * @param {ServerSpecification} specification
 * @returns {Promise<RunningServer>}
 */
export async function startServer(specification) {
  const { name, command, args, env, stateDir } = specification;
  const logFile = join(stateDir, 'logs', `${name}.log`);
  mkdirSync(join(stateDir, 'logs'), { recursive: true });
  const release = await reserveState(stateDir, name);
  const output = openSync(logFile, 'a');
  const logStart = fstatSync(output).size;
  const [executable, ...parameters] = endingWithUs([command, ...args]);
  const child = spawn(/** @type {string} */ (executable), parameters, {
    detached: true,
    stdio: ['ignore', output, output],
    env,
  });
  closeSync(output);
  const ended = new Promise((/** @type {(outcome: string) => void} */ resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
    });
  });
  const stop = onlyOnce(async () => {
    await stopGroup(child, ended);
    release();
  });
  try {
    await waitUntilHealthy(specification, { ended, logFile, logStart });
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: /** @type {number} */ (child.pid), stop };
}

/**
 * @param {string} stateDir
 * @param {string} name
 */
async function reserveState(stateDir, name) {
  const attempt = await tryLock(join(stateDir, `${name}.lock`));
  if ('release' in attempt) return attempt.release;
  const holder = String(attempt.holder.pid);
  throw new ToolchainError(`Process ${holder} runs a ${name} server on the state folder ${stateDir} already.`, [
    `end process ${holder} first`,
    'choose another folder with GAUNTLET_STATE_DIR',
  ]);
}

/**
 * @param {ServerSpecification} specification
 * @param {{ ended: Promise<string>, logFile: string, logStart: number }} observed logStart: where in the log this start begins
 */
async function waitUntilHealthy({ name, isHealthy, healthyWithinMs }, { ended, logFile, logStart }) {
  const deadline = Date.now() + healthyWithinMs;
  /** @type {string | undefined} */
  let outcome;
  void ended.then((how) => (outcome = how));
  while (!(await isHealthy())) {
    if (outcome !== undefined) throw notHealthy(`The ${name} server ended at once: ${outcome}.`, logFile, logStart);
    if (Date.now() > deadline) {
      throw notHealthy(
        `The ${name} server was not healthy within ${String(healthyWithinMs / 1000)} s.`,
        logFile,
        logStart,
      );
    }
    await wait(healthPollMs);
  }
}

/**
 * @param {string} problem
 * @param {string} logFile
 * @param {number} logStart
 */
function notHealthy(problem, logFile, logStart) {
  const lines = readFileSync(logFile).subarray(logStart).toString('utf8').trimEnd().split('\n').slice(-shownLogLines);
  return new ToolchainError([problem, `The end of ${logFile}:`, ...lines.map((line) => `  ${line}`)].join('\n'), []);
}

/**
 * On Linux a command can be told to end when the process that started it does, however that ends.
 * @param {string[]} command
 */
function endingWithUs(command) {
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv') : undefined;
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'TERM', '--', ...command];
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {Promise<string>} ended
 */
async function stopGroup(child, ended) {
  if (child.pid === undefined) return;
  signalGroup(child.pid, 'SIGTERM');
  const impatience = new AbortController();
  await Promise.race([ended, wait(endWithinMs, undefined, { signal: impatience.signal }).catch(() => undefined)]);
  impatience.abort();
  // Also when the leader has ended in time: what it started may not have.
  signalGroup(child.pid, 'SIGKILL');
  await ended;
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * @param {() => Promise<void>} work
 * @returns {() => Promise<void>}
 */
function onlyOnce(work) {
  /** @type {Promise<void> | undefined} */
  let done;
  return () => (done ??= work());
}
