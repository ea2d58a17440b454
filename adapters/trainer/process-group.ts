import { spawn, type ChildProcess } from 'node:child_process';

import { createLineSplitter } from './line-splitter.js';

/** Time for the pipes to drain once the group is dead; something that left the group may hold them open for ever. */
const DRAIN_MS = 2_000;

export interface GroupRun {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onStdoutLine: (line: string) => void;
  readonly onStderrLine: (line: string) => void;
}

/** How a process group ended. `cancelled` and `timed-out` hold whatever exit code the program chose on the way out. */
export type GroupOutcome =
  | { readonly status: 'exited'; readonly code: number }
  | { readonly status: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly status: 'not-started'; readonly cause: Error }
  | { readonly status: 'timed-out' }
  | { readonly status: 'cancelled' };

/**
 * Runs a program as the leader of a process group of its own and leaves nothing of the group behind, however it ends:
 * by itself, by timeout, by cancellation, or because this process exits. Rejects only when a line handler throws.
 */
export async function runProcessGroup(run: GroupRun): Promise<GroupOutcome> {
  if (run.signal?.aborted === true) return { status: 'cancelled' };
  const [program, ...args] = run.command;
  const child = spawn(program, args, { cwd: run.cwd, env: run.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stopper = createStopper(child, run.graceMs);
  const cancel = (): void => stopper.stop({ why: 'cancelled' });
  const abandon = (): void => signalGroup(child, 'SIGKILL');
  const timeout = setTimeout(() => stopper.stop({ why: 'timed-out' }), run.timeoutMs);
  run.signal?.addEventListener('abort', cancel);
  process.once('exit', abandon);
  try {
    readLines(child, stopper.guard(run.onStdoutLine), stopper.guard(run.onStderrLine));
    const ended = await waitForEnd(child);
    const reason = stopper.reason();
    if (reason?.why === 'handler-threw') throw reason.error;
    return reason === undefined ? ended : { status: reason.why };
  } finally {
    clearTimeout(timeout);
    stopper.disarm();
    run.signal?.removeEventListener('abort', cancel);
    process.removeListener('exit', abandon);
  }
}

type StopReason =
  { readonly why: 'timed-out' | 'cancelled' } | { readonly why: 'handler-threw'; readonly error: unknown };

/** Stops the group once, for the first reason: SIGTERM, and SIGKILL when the grace has passed. */
function createStopper(child: ChildProcess, graceMs: number) {
  let reason: StopReason | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (why: StopReason): void => {
    if (reason !== undefined) return;
    reason = why;
    signalGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  };
  return {
    stop,
    reason: (): StopReason | undefined => reason,
    disarm: (): void => clearTimeout(killTimer),
    /** A handler that throws would otherwise end this process, since it runs in a stream's event. */
    guard: (handler: (line: string) => void) => (line: string) => {
      if (reason?.why === 'handler-threw') return;
      try {
        handler(line);
      } catch (error) {
        stop({ why: 'handler-threw', error });
      }
    },
  };
}

function readLines(child: ChildProcess, onStdout: (line: string) => void, onStderr: (line: string) => void): void {
  for (const [stream, onLine] of [
    [child.stdout, onStdout],
    [child.stderr, onStderr],
  ] as const) {
    const splitter = createLineSplitter(onLine);
    stream?.on('data', (chunk: Buffer) => splitter.write(chunk));
    stream?.on('close', () => splitter.end());
  }
}

/** Resolves when the leader has ended, the rest of its group was killed, and its output has been read. */
async function waitForEnd(child: ChildProcess): Promise<GroupOutcome> {
  return new Promise((resolve) => {
    let outcome: GroupOutcome | undefined;
    let drain: NodeJS.Timeout | undefined;
    child.once('error', (cause) => {
      if (child.pid === undefined) resolve({ status: 'not-started', cause });
    });
    child.once('exit', (code, signal) => {
      outcome = signal === null ? { status: 'exited', code: code ?? 1 } : { status: 'signalled', signal };
      signalGroup(child, 'SIGKILL');
      drain = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS);
    });
    child.once('close', () => {
      clearTimeout(drain);
      if (outcome !== undefined) resolve(outcome);
    });
  });
}

/** The group outlives its leader, so it is signalled by group id even after the leader has ended. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: nobody is left. EPERM: macOS says so of a group in which only dead processes remain.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
