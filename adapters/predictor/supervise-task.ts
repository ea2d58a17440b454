import type { ChildProcess } from 'node:child_process';
import { PermanentFailure } from '../../domain/failure-types.js';
import { watchMemory } from './memory-watch.js';
import type { PredictorTask, TaskResult, ToChild, ToParent } from './protocol.js';

/** Time between asking the child to interrupt its query and killing it: a cancelled run is over within a second. */
const INTERRUPT_GRACE_MS = 500;
const STDERR_TAIL_CHARACTERS = 4_000;
/** Node's timers fire at once when they are given more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When a task is stopped, and whom it tells of its progress. */
export interface TaskSupervision {
  readonly memoryLimitMb: number;
  readonly maxRssMb: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly rowsDone: number; readonly rows: number }) => void) | undefined;
  /** Hears of the most memory that the child held during the task, where the system tells. */
  readonly onPeakMemory?: ((residentMb: number) => void) | undefined;
}

type Outcome = { readonly result: TaskResult } | { readonly failure: unknown };

/**
 * Runs one task in a child. Resolves while the child lives on; when the task failed in any way, the child is dead by the
 * time this throws: MODEL_TIMEOUT and MODEL_OUT_OF_MEMORY after killing it, the child's own permanent failures as they
 * are, the signal's reason after an abort, and a transient error with the end of its stderr when it died of anything else.
 */
export async function superviseTask<T extends PredictorTask>(
  child: ChildProcess,
  work: { readonly task: T; readonly tempDirectory: string },
  supervision: TaskSupervision,
): Promise<TaskResult<T>> {
  const watch = new AbortController();
  const death = waitForDeath(child, watch.signal);
  // The first outcome stands: what a child says while it is being stopped does not count.
  const answered = new Promise<Outcome>((settle) => {
    watchReplies(child, supervision, settle, watch.signal);
    watchTime(child, supervision.timeoutMs, settle, watch.signal);
    watchAbort(child, supervision.signal, settle, watch.signal);
    const stopMemoryWatch = watchMemory(child, supervision.maxRssMb, (failure) => settle({ failure }));
    watch.signal.addEventListener('abort', stopMemoryWatch);
    void death.then((failure) => settle({ failure }));
  });
  tell(child, { type: 'start', ...work, memoryLimitMb: supervision.memoryLimitMb });
  const outcome = await answered;
  try {
    if ('result' in outcome) return outcome.result as TaskResult<T>;
    await endChild(child, supervision.signal?.aborted === true ? INTERRUPT_GRACE_MS : 0, death);
    throw outcome.failure;
  } finally {
    watch.abort();
  }
}

/** A child that is already gone cannot be told; its death says so. */
function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined);
}

function watchReplies(
  child: ChildProcess,
  supervision: TaskSupervision,
  settle: (outcome: Outcome) => void,
  until: AbortSignal,
): void {
  const listen = (message: ToParent) => {
    if (message.type === 'progress') supervision.onProgress?.(message);
    else settle(readReply(message));
  };
  child.on('message', listen);
  until.addEventListener('abort', () => child.off('message', listen));
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

function watchTime(
  child: ChildProcess,
  timeoutMs: number,
  settle: (outcome: Outcome) => void,
  until: AbortSignal,
): void {
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
  until.addEventListener('abort', () => {
    clearTimeout(timer);
  });
}

function watchAbort(
  child: ChildProcess,
  signal: AbortSignal | undefined,
  settle: (outcome: Outcome) => void,
  until: AbortSignal,
): void {
  const stop = () => {
    settle({ failure: signal?.reason });
    tell(child, { type: 'interrupt' });
  };
  signal?.addEventListener('abort', stop, { once: true, signal: until });
  if (signal?.aborted === true) stop();
}

/** Gives an interrupted query a moment to remove what it was writing, then ends the process and waits until it is gone. */
async function endChild(child: ChildProcess, graceMs: number, death: Promise<Error>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  child.once('message', () => child.kill('SIGKILL'));
  await death;
  clearTimeout(timer);
}

/** Resolves when the child and its pipes are closed, to the error that its death is if nothing explained it. */
function waitForDeath(child: ChildProcess, until: AbortSignal): Promise<Error> {
  let stderrTail = '';
  const listen = (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
  };
  child.stderr?.setEncoding('utf8').on('data', listen);
  return new Promise((resolve) => {
    const fail = (cause: Error) => {
      resolve(new Error('The predictor process could not be started.', { cause }));
    };
    const close = (code: number | null, signal: string | null) => {
      const how = signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
      resolve(new Error(`The predictor process ended ${how} without a result. ${stderrTail.trim()}`.trim()));
    };
    child.once('error', fail);
    child.once('close', close);
    until.addEventListener('abort', () => {
      child.stderr?.off('data', listen);
      child.off('error', fail);
      child.off('close', close);
    });
  });
}
