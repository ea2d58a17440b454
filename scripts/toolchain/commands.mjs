import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ToolchainError } from './toolchain-error.mjs';

/** @typedef {(line: string) => void} Log */

/**
 * @typedef {object} RunOptions
 * @property {string} label what is being done, for progress and errors
 * @property {Log} log
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment of the command
 * @property {string[]} [remedies] what a person can do when it fails
 */

/** A person who waits wants to know that work goes on, not to read a line every second. */
const progressEveryMs = 15_000;

/** Enough for the errors of a compiler; the whole output of an installer would bury them. */
const keptLines = 120;

/** @type {Set<import('node:child_process').ChildProcess>} */
const runningChildren = new Set();

process.on('exit', () => {
  for (const child of runningChildren) child.kill('SIGTERM');
});

/** @type {import('node:child_process').ChildProcess | undefined} */
let foregroundChild;

/**
 * Lets entry scripts end in order: installers are stopped, but a command that has the terminal ends itself, so that it
 * can stop its servers first. Ctrl-C reaches that command from the terminal; other signals are passed on to it.
 */
export function exitOnSignals() {
  process.on('SIGINT', () => {
    if (foregroundChild === undefined) process.exit(130);
  });
  process.on('SIGTERM', () => {
    if (foregroundChild === undefined) process.exit(143);
    foregroundChild.kill('SIGTERM');
  });
}

/**
 * Runs a command to its end, with a progress line now and then.
 * Throws with the last lines of its output when it cannot be started or exits with anything but 0.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} options
 * @returns {Promise<void>}
 */
export async function run(command, args, { label, log, cwd, env, remedies = [] }) {
  const startedAt = Date.now();
  const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  runningChildren.add(child);
  /** @type {string[]} */
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
    });
  }
  const progress = setInterval(() => {
    log(`${label}: still working, ${Math.round((Date.now() - startedAt) / 1000)} s so far`);
  }, progressEveryMs);
  try {
    const outcome = await ended(child);
    if (outcome !== 'exit code 0') {
      throw new ToolchainError(
        [`${label} failed: \`${[command, ...args].join(' ')}\` ended with ${outcome}.`, ...lines].join('\n'),
        remedies,
      );
    }
  } finally {
    clearInterval(progress);
    runningChildren.delete(child);
  }
}

/**
 * Runs a command with the terminal of this process and answers its exit code (1 when a signal ended it).
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export async function runInForeground(command, args, { cwd, env } = {}) {
  const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: 'inherit' });
  runningChildren.add(child);
  foregroundChild = child;
  try {
    const outcome = await ended(child);
    return child.exitCode ?? (outcome === 'exit code 0' ? 0 : 1);
  } finally {
    foregroundChild = undefined;
    runningChildren.delete(child);
  }
}

/**
 * What a command prints on its standard output, or undefined when it is absent, fails, or takes too long.
 * @param {string} command
 * @param {string[]} args
 * @param {{ timeoutMs?: number, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string | undefined>}
 */
export async function outputOf(command, args, { timeoutMs = 20_000, env } = {}) {
  const child = spawn(command, args, {
    env: env ?? process.env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  return (await ended(child)) === 'exit code 0' ? text.trim() : undefined;
}

/**
 * The full path of an executable file found on PATH.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findOnPath(name, env = process.env) {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutableFile);
}

/** @param {string} path */
export function isExecutableFile(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * How a child process ended, in words; never rejects.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(`the error "${error.message}"`);
    });
    child.once('close', (code, signal) => {
      resolve(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
    });
  });
}
