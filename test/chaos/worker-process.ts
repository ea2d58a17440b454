import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { builtEntry } from '../../adapters/built-entry.js';
import type { CrashPoint } from '../../activities/crash-point.js';

export const crashModes = ['SIGKILL', 'SIGTERM', 'hang'] as const;
export type CrashMode = (typeof crashModes)[number];

/** Where a worker goes down, how, and when it comes by for which time. */
export interface Crash {
  readonly point: CrashPoint;
  readonly pass: number;
  readonly mode: CrashMode;
}

/** A crash point as a worker passed it. */
export interface Pass {
  readonly point: CrashPoint;
  /** For which time in this process. */
  readonly pass: number;
  /** At a port, where a step can hang, or in the code of the activity. */
  readonly place: 'code' | 'port';
  /** Type of the activity, and the attempts that it has in all. */
  readonly activity: string;
  readonly attempts: number;
}

/** A worker as a process of its own, with a log of the crash points that it passes. */
export class WorkerProcess {
  readonly crash: Crash | null;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #trace: string;
  readonly #release: string;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, crash: Crash | null, trace: string, release: string) {
    this.#child = child;
    this.crash = crash;
    this.#trace = trace;
    this.#release = release;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    this.ready = untilReady(child);
  }

  /** `number` keeps the files of several workers apart. */
  static start(env: NodeJS.ProcessEnv, crash: Crash | null, folder: string, number: number): WorkerProcess {
    const trace = path.join(folder, `worker-${String(number)}.trace`);
    const release = path.join(folder, `worker-${String(number)}.release`);
    const log = openSync(path.join(folder, 'worker.log'), 'a');
    const planned =
      crash === null
        ? {}
        : {
            GAUNTLET_CRASH_AT: `${crash.point}#${String(crash.pass)}`,
            GAUNTLET_CRASH_MODE: crash.mode,
            GAUNTLET_CRASH_RELEASE: release,
          };
    const child = spawn(process.execPath, [builtEntry('workers/main.js')], {
      env: { ...env, GAUNTLET_CRASH_TRACE: trace, ...planned },
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    closeSync(log);
    return new WorkerProcess(child, crash, trace, release);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Points that it passed, in order. */
  trace(): readonly Pass[] {
    if (!existsSync(this.#trace)) return [];
    return readFileSync(this.#trace, 'utf8').split('\n').slice(0, -1).map(parsePass);
  }

  /** Whether it came by its crash. */
  hasCrashed(): boolean {
    const { crash } = this;
    const isIt = ({ point, pass, place }: Pass): boolean =>
      point === crash?.point && pass === crash.pass && (crash.mode !== 'hang' || place === 'port');
    return crash !== null && this.trace().some(isIt);
  }

  /** One of its steps stands still until it is let go. */
  get isHanging(): boolean {
    return !this.isGone && this.crash?.mode === 'hang' && !existsSync(this.#release) && this.hasCrashed();
  }

  /** Where it exists, the hanging step goes on: everything has moved on without it. */
  get releaseFile(): string {
    return this.#release;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.isGone) return;
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await this.#ended;
    clearTimeout(force);
  }
}

function parsePass(line: string): Pass {
  const [, point = '', pass, place, activity = '', attempts] = /^(.+)#(\d+) (\w+) (.*?)\/?(\d*)$/.exec(line) ?? [];
  const isPort = place === 'port' ? 'port' : 'code';
  return { point: point as CrashPoint, pass: Number(pass), place: isPort, activity, attempts: Number(attempts) };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('worker ready')) resolve();
    });
    child.once('exit', () => resolve());
  });
}
