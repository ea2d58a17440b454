import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { PermanentFailure } from '../../domain/failure-types.js';
import { forgetPeak, readPeakMb, readResidentMb } from './memory-watch.js';
import type { PredictorTask, TaskResult } from './protocol.js';
import { superviseTask, type TaskSupervision } from './supervise-task.js';

const MAX_OLD_SPACE_MB = 512;
/** A child that has nothing to do gives its memory back after this time. */
const IDLE_MS = 60_000;

export interface PoolSettings {
  /** Compiled entry of the child. */
  readonly entry: string;
  /** Children that work at once; more tasks wait their turn. */
  readonly maxProcesses: number;
  /** Parent of every task's private folder. */
  readonly tempDirectory: string;
}

/**
 * Warm predictor processes, as many as there is work for and at most as many as there are cores: loading DuckDB, ONNX
 * Runtime and a model costs more than scoring a small window. One task at a time runs in a child; a child whose task did
 * not end well is not used again, so nothing of a failure reaches the next task.
 */
export interface PredictorPool {
  /** Starts all processes that may work at once, before the first task needs them. */
  warmUp(): void;
  /** Throws what `superviseTask` throws. */
  run<T extends PredictorTask>(task: T, supervision: TaskSupervision): Promise<TaskResult<T>>;
}

interface WarmChild {
  readonly child: ChildProcess;
  readonly idleTimer: NodeJS.Timeout;
}

export function createPredictorPool(settings: PoolSettings): PredictorPool {
  const idle: WarmChild[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;

  async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
    while (busy >= settings.maxProcesses) await nextTurn(waiting, signal);
    busy += 1;
  }

  function takeChild(): ChildProcess | null {
    for (let warm = idle.pop(); warm !== undefined; warm = idle.pop()) {
      clearTimeout(warm.idleTimer);
      if (!warm.child.connected || warm.child.killed) continue;
      for (const handle of handlesOf(warm.child)) handle.ref();
      return warm.child;
    }
    return null;
  }

  /** A resting child keeps nobody awake: a command may end while it is there, and it ends with the command. */
  function rest(child: ChildProcess): void {
    if (!child.connected || child.killed) return;
    for (const handle of handlesOf(child)) handle.unref();
    const idleTimer = setTimeout(() => child.kill('SIGKILL'), IDLE_MS);
    idleTimer.unref();
    idle.push({ child, idleTimer });
  }

  async function runIn<T extends PredictorTask>(
    child: ChildProcess,
    task: T,
    supervision: TaskSupervision,
  ): Promise<TaskResult<T>> {
    return withTaskFolder(settings.tempDirectory, async (tempDirectory) => {
      const { onPeakMemory } = supervision;
      if (onPeakMemory !== undefined) await forgetPeak(child.pid);
      const result = await superviseTask(child, { task, tempDirectory }, supervision);
      const peakMb = onPeakMemory === undefined ? null : await readPeakMb(child.pid);
      if (peakMb !== null) onPeakMemory?.(peakMb);
      const residentMb = await readResidentMb(child.pid);
      // A child that has grown large is not kept for a task that needs room itself.
      if (residentMb !== null && residentMb > supervision.maxRssMb / 2) child.kill('SIGKILL');
      else rest(child);
      return result;
    });
  }

  return {
    warmUp() {
      const missing = settings.maxProcesses - idle.length - busy;
      for (let started = 0; started < missing; started += 1) rest(startChild(settings.entry));
    },
    async run(task, supervision) {
      supervision.signal?.throwIfAborted();
      await takeTurn(supervision.signal);
      try {
        const warm = takeChild();
        return await runIn(warm ?? startChild(settings.entry), task, supervision).catch((error: unknown) => {
          // What earlier models left in the memory of a warm child is no fault of this one.
          if (warm === null || !isOutOfMemory(error)) throw error;
          return runIn(startChild(settings.entry), task, supervision);
        });
      } finally {
        busy -= 1;
        waiting.shift()?.();
      }
    },
  };
}

/** All that keeps this process awake for the sake of a child. */
function handlesOf(child: ChildProcess): readonly { ref(): unknown; unref(): unknown }[] {
  const { channel, stderr } = child;
  return [child, ...(channel ? [channel] : []), ...(stderr instanceof Socket ? [stderr] : [])];
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof PermanentFailure && error.type === 'MODEL_OUT_OF_MEMORY';
}

function nextTurn(waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = () => {
      signal?.removeEventListener('abort', give);
      resolve();
    };
    const give = () => {
      waiting.splice(waiting.indexOf(turn), 1);
      reject(signal?.reason as Error);
    };
    waiting.push(turn);
    signal?.addEventListener('abort', give, { once: true });
  });
}

async function withTaskFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, 'gauntlet-predictor-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The child gets no environment but what a process needs to run: models and SQL in it have no use for our secrets. */
function startChild(entry: string): ChildProcess {
  const passed = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR', 'TZ', 'SystemRoot'];
  const known = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const child = fork(entry, [String(process.pid)], {
    // Fewer pools of freed memory: what a child holds stays the same however many rows pass through it.
    env: { ...Object.fromEntries(known), MALLOC_ARENA_MAX: '2' } as NodeJS.ProcessEnv,
    execArgv: [`--max-old-space-size=${String(MAX_OLD_SPACE_MB)}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // Between two tasks nobody listens; a child that dies then is noticed when it is wanted.
  child.on('error', () => undefined);
  return child;
}
