import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { builtEntry } from '../adapters/built-entry.js';
import { runCommand, type CommandOutcome } from './command-context.js';
import { CommandFailure } from './command-error.js';
import { defineVerb } from './define-verb.js';
import { readCommandSettings, type CommandSettings } from './dev-note.js';
import type { DevStack } from './dev-stack.js';
import { exitCodes } from './exit-codes.js';
import { isAlive } from './process-alive.js';

interface DevOptions {
  readonly json?: boolean;
  readonly detach?: boolean;
  readonly stop?: boolean;
}

/** Installing the tool chain comes before this wait, so what is left are the servers and the worker. */
const readyWithinMs = 180_000;
const pollMs = 200;

export function registerDev(program: Command): void {
  defineVerb(program, {
    usage: 'dev',
    description: 'Start Temporal, MLflow and a worker with all state in one folder, print links, and stay.',
    examples: ['gauntlet dev', 'gauntlet dev --detach', 'gauntlet dev --stop'],
  })
    .option('--detach', 'return when everything is up')
    .option('--stop', 'end a stack that was left running')
    .action((options: DevOptions) =>
      runCommand(options, ({ settings, progress }) => {
        if (options.stop === true) return stopDetached(settings);
        const log = (line: string): void => {
          progress.tell(line);
        };
        return options.detach === true ? detach(settings, log) : stay(settings, log);
      }),
    );
}

/** Runs the stack in this process until Ctrl-C or SIGTERM. */
async function stay(settings: CommandSettings, log: (line: string) => void): Promise<CommandOutcome> {
  requireNone(settings);
  const { startDevStack } = await import('./dev-stack.js');
  const stack = await startDevStack({ stateDir: settings.stateDir, log, onWorkerLost: restarter(log) });
  log(renderLinks(readCommandSettings()));
  log('Ctrl-C ends everything.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  log('stopping …');
  await stack.stop();
  return { exitCode: exitCodes.done, text: 'Stopped.', json: { status: 'stopped' } };
}

/** A worker that keeps dying has a reason that starting it again does not cure. */
const maxRestarts = 20;

/** Starts a lost worker again, so that runs under way go on. */
function restarter(log: (line: string) => void): (stack: DevStack) => void {
  let restarts = 0;
  return (stack) => {
    if (++restarts > maxRestarts) {
      log('The worker has ended too often; see logs/worker.log, then start again.');
      return;
    }
    log('The worker has ended unexpectedly; starting it again …');
    stack.startWorker().catch((error: unknown) => {
      log(`The worker could not be started: ${String(error)}`);
    });
  };
}

async function detach(settings: CommandSettings, log: (line: string) => void): Promise<CommandOutcome> {
  await startDetached(settings, log);
  const running = readCommandSettings();
  return {
    exitCode: exitCodes.done,
    text: `${renderLinks(running)}\nEnd it with: npx gauntlet dev --stop`,
    json: linksOf(running),
  };
}

/** Starts a stack in a process of its own that outlives this one, and waits until it is ready. */
export async function startDetached(settings: CommandSettings, log: (line: string) => void): Promise<void> {
  requireNone(settings);
  const logPath = path.join(settings.stateDir, 'logs', 'dev.log');
  mkdirSync(path.dirname(logPath), { recursive: true });
  const output = openSync(logPath, 'a');
  const child = spawn(process.execPath, [builtEntry('cli/main.js'), 'dev'], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  log(`starting Temporal, MLflow and a worker (log: ${logPath}) …`);
  for (let waitedMs = 0; waitedMs < readyWithinMs; waitedMs += pollMs) {
    if (readCommandSettings().devPid === child.pid) return;
    if (child.exitCode !== null) break;
    await sleep(pollMs);
  }
  throw new CommandFailure(
    'DEV_STACK_FAILED',
    exitCodes.failed,
    `The development stack did not come up; its log is ${logPath}.`,
  );
}

async function stopDetached({ devPid, stateDir }: CommandSettings): Promise<CommandOutcome> {
  if (devPid === null || !isAlive(devPid)) {
    return { exitCode: exitCodes.done, text: `Nothing is running for ${stateDir}.`, json: { status: 'not-running' } };
  }
  process.kill(devPid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < readyWithinMs && isAlive(devPid); waitedMs += pollMs) await sleep(pollMs);
  return { exitCode: exitCodes.done, text: 'Stopped.', json: { status: 'stopped' } };
}

function requireNone({ devPid, stateDir }: CommandSettings): void {
  if (devPid === null || !isAlive(devPid)) return;
  throw new CommandFailure(
    'ALREADY_RUNNING',
    exitCodes.badInput,
    `A stack is running for ${stateDir} (process ${String(devPid)}).`,
    {
      example: 'npx gauntlet dev --stop',
    },
  );
}

function linksOf(settings: CommandSettings) {
  const { temporalUiUrl, trackingUri, temporalAddress, stateDir } = settings;
  return { status: 'running', temporalUiUrl, temporalAddress, trackingUri, stateDir };
}

/** Where to look, and how to start a run by hand. */
export function renderLinks(settings: CommandSettings): string {
  const ui = settings.temporalUiUrl ?? `the UI of ${settings.temporalAddress}`;
  return [
    `  Temporal UI    ${ui}`,
    `  start a run    ${ui}/namespaces/default/workflows/start-workflow?taskQueue=gauntlet&workflowType=score  input {"pipeline":"flights"}`,
    `  MLflow         ${settings.trackingUri}`,
    `  store          ${settings.storeLocation}`,
    `  logs           ${path.join(settings.stateDir, 'logs')}`,
  ].join('\n');
}
