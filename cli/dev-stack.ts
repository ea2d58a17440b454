import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { builtEntry } from '../adapters/built-entry.js';
import { startMlflow, startTemporal } from '../scripts/servers/index.mjs';
import { ensurePythonEnvironment } from '../scripts/toolchain/index.mjs';
import { allSearchAttributes } from '../workers/search-attributes.js';
import { readSettings, type Settings } from '../workers/settings.js';

/** A development stack that is up: both servers and one worker for all queues. */
export interface DevStack {
  readonly settings: Settings;
  readonly temporalUiUrl: string | undefined;
  readonly trackingUri: string;
  readonly workerPid: () => number | undefined;
  /** Ends the worker; without `signal` it may finish what is under way. */
  stopWorker(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the worker again, with further variables in its environment. */
  startWorker(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends everything that was started here, and nothing else. */
  stop(): Promise<void>;
}

type Log = (line: string) => void;

/** A worker that is not ready after this long has a reason in its log. */
const readyWithinMs = 60_000;

/** A server of ours knows them from its start; one that the environment names is left as it is. */
const searchAttributeArgs = allSearchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);

/**
 * Starts Temporal and MLflow (or uses those the environment names) and a worker, with all state in one folder, and
 * leaves `dev.json` there so that other commands find them.
 */
export async function startDevStack({
  stateDir,
  log,
  onWorkerLost,
}: {
  readonly stateDir: string;
  readonly log: Log;
  /** Called when the worker has ended although nobody here ended it. */
  readonly onWorkerLost?: (stack: DevStack) => void;
}): Promise<DevStack> {
  await mkdir(path.join(stateDir, 'logs'), { recursive: true });
  const pythonPath = await ensurePythonEnvironment({ log });
  const [temporal, mlflow] = await Promise.all([
    startTemporal({ stateDir, log, extraArgs: searchAttributeArgs }),
    startMlflow({ stateDir, log, pythonPath }),
  ]);
  const env = {
    ...process.env,
    GAUNTLET_STATE_DIR: stateDir,
    TEMPORAL_ADDRESS: temporal.address,
    MLFLOW_TRACKING_URI: mlflow.url,
    GAUNTLET_PYTHON: pythonPath,
  };
  const settings = readSettings(env);
  const noteFile = path.join(stateDir, 'dev.json');
  let worker: ChildProcess | undefined;
  let isStopping = false;
  const stack: DevStack = {
    settings,
    temporalUiUrl: temporal.uiUrl,
    trackingUri: mlflow.url,
    workerPid: () => worker?.pid,
    async startWorker(extra = {}) {
      const started = await startWorkerProcess({
        env: { ...env, ...extra },
        logPath: path.join(stateDir, 'logs', 'worker.log'),
      });
      worker = started;
      started.once('exit', () => {
        if (worker === started && !isStopping) onWorkerLost?.(stack);
      });
    },
    async stopWorker(signal = 'SIGTERM') {
      isStopping = true;
      await endProcess(worker, signal);
      worker = undefined;
      isStopping = false;
    },
    async stop() {
      await stack.stopWorker();
      await Promise.all([temporal.stop(), mlflow.stop()]);
      await rm(noteFile, { force: true });
    },
  };
  try {
    await stack.startWorker();
    await writeFile(
      noteFile,
      `${JSON.stringify({ temporalAddress: temporal.address, temporalUiUrl: temporal.uiUrl, trackingUri: mlflow.url, pythonPath, pid: process.pid }, null, 2)}\n`,
    );
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return stack;
}

async function startWorkerProcess({
  env,
  logPath,
}: {
  readonly env: NodeJS.ProcessEnv;
  readonly logPath: string;
}): Promise<ChildProcess> {
  const child = spawn(process.execPath, [builtEntry('workers/main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const logFile = createWriteStream(logPath, { flags: 'a' });
  child.stdout?.pipe(logFile, { end: false });
  child.stderr?.pipe(logFile, { end: false });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the worker was not ready within ${String(readyWithinMs / 1000)} s; see ${logPath}`));
    }, readyWithinMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('worker ready')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`the worker ended with code ${String(code)} before it was ready; see ${logPath}`));
    });
    child.once('spawn', () => timer.unref());
  });
  return child;
}

async function endProcess(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(force);
}
