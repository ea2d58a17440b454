import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { PermanentFailure } from '../../domain/failure-types.js';
import { watchMemory } from './memory-watch.js';
import type { CheckedRows, PredictorTask, ScoredRows, ToChild, ToParent } from './protocol.js';

/** Time between asking the child to interrupt its query and killing it. */
const INTERRUPT_GRACE_MS = 1_000;
const STDERR_TAIL_CHARACTERS = 4_000;
const MAX_OLD_SPACE_MB = 512;
/** Node's timers fire at once when they are given more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How a child is run and when it is stopped. */
export interface PredictorSupervision {
  readonly entry: string;
  readonly tempDirectory: string;
  readonly memoryLimitMb: number;
  readonly maxRssMb: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly rowsDone: number; readonly rows: number }) => void) | undefined;
}

/**
 * Runs one task in a fresh child process and resolves when the child is gone. Throws MODEL_TIMEOUT and
 * MODEL_OUT_OF_MEMORY after killing it, the child's own permanent failures as they are, the signal's reason after an
 * abort, and a transient error with the end of its stderr when it died of anything else.
 */
export async function runPredictor(
  task: PredictorTask,
  supervision: PredictorSupervision,
): Promise<ScoredRows | CheckedRows> {
  supervision.signal?.throwIfAborted();
  await mkdir(supervision.tempDirectory, { recursive: true });
  const tempDirectory = await mkdtemp(path.join(supervision.tempDirectory, 'gauntlet-predictor-'));
  try {
    const child = startChild(supervision.entry);
    tell(child, { type: 'start', task, tempDirectory, memoryLimitMb: supervision.memoryLimitMb });
    return await superviseChild(child, supervision);
  } finally {
    await rm(tempDirectory, { recursive: true, force: true });
  }
}

/** The child gets no environment but what a process needs to run: models and SQL in it have no use for our secrets. */
function startChild(entry: string): ChildProcess {
  const passed = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR', 'TZ', 'SystemRoot'];
  const known = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return fork(entry, [String(process.pid)], {
    env: Object.fromEntries(known) as NodeJS.ProcessEnv,
    execArgv: [`--max-old-space-size=${String(MAX_OLD_SPACE_MB)}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** A child that is already gone cannot be told; its exit says so. */
function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined);
}

type Outcome = { readonly result: ScoredRows | CheckedRows } | { readonly failure: unknown };

async function superviseChild(
  child: ChildProcess,
  supervision: PredictorSupervision,
): Promise<ScoredRows | CheckedRows> {
  // The first outcome stands: what a child says while it is being stopped does not count.
  const outcomes: Outcome[] = [];
  const settle = (outcome: Outcome) => outcomes.push(outcome);
  const stopWatching = [
    watchTime(child, supervision.timeoutMs, settle),
    watchAbort(child, supervision.signal, settle),
    watchMemory(child, supervision.maxRssMb, (failure) => settle({ failure })),
  ];
  child.on('message', (message: ToParent) => {
    if (message.type === 'progress') supervision.onProgress?.(message);
    else settle(readReply(message));
  });
  const died = await waitForEnd(child);
  for (const stop of stopWatching) stop();
  const [first = { failure: died }] = outcomes;
  if ('failure' in first) throw first.failure;
  return first.result;
}

function watchTime(child: ChildProcess, timeoutMs: number, settle: (outcome: Outcome) => void): () => void {
  const timer = setTimeout(
    () => {
      const found = `no result after ${String(timeoutMs)} ms`;
      settle({
        failure: new PermanentFailure('MODEL_TIMEOUT', 'Scoring took too long and was stopped.', {
          problems: [{ field: 'predictor', found, expected: `a result within ${String(timeoutMs)} ms` }],
        }),
      });
      child.kill('SIGKILL');
    },
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  return () => {
    clearTimeout(timer);
  };
}

function watchAbort(
  child: ChildProcess,
  signal: AbortSignal | undefined,
  settle: (outcome: Outcome) => void,
): () => void {
  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    settle({ failure: signal?.reason });
    tell(child, { type: 'interrupt' });
    killTimer = setTimeout(() => child.kill('SIGKILL'), INTERRUPT_GRACE_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  return () => {
    signal?.removeEventListener('abort', stop);
    clearTimeout(killTimer);
  };
}

function readReply(message: Exclude<ToParent, { type: 'progress' }>): Outcome {
  switch (message.type) {
    case 'done':
      return { result: message.result };
    case 'failed':
      return { failure: new PermanentFailure(message.failureType, message.headline, { problems: message.problems }) };
    case 'error':
      return { failure: new Error(`The predictor failed: ${message.message}`) };
  }
}

/** Waits until the child and its pipes are closed; resolves to the error that its death is if nothing explained it. */
function waitForEnd(child: ChildProcess): Promise<Error> {
  let stderrTail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
  });
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      resolve(new Error('The predictor process could not be started.', { cause }));
    });
    child.once('close', (code, signal) => {
      const how = signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
      resolve(new Error(`The predictor process ended ${how} without a result. ${stderrTail.trim()}`.trim()));
    });
  });
}
