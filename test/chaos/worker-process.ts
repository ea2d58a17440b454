import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtEntry } from '../../adapters/built-entry.js';
import type { CrashPoint } from '../../activities/crash-point.js';

export const crashModes = ['SIGKILL', 'SIGTERM', 'hang'] as const;
export type CrashMode = (typeof crashModes)[number];

/** At a port, where a step can hang, or in the code of the activity. */
type Place = 'code' | 'port';

/** Where a process goes down, how, and when it comes by for which time. */
export interface Crash {
  readonly point: CrashPoint;
  readonly place: Place;
  /** Counted from when it was armed. */
  readonly pass: number;
  readonly mode: CrashMode;
  /** What it is an instance of, among everything that has to be gone through. */
  readonly cell: string;
}

/** A crash point as a process passed it. */
export interface Pass {
  readonly point: CrashPoint;
  /** For which time in this process. */
  readonly pass: number;
  readonly place: Place;
  /** Type of the activity, and the attempts that it has in all. */
  readonly activity: string;
  readonly attempts: number;
}

interface Armed {
  readonly crash: Crash;
  /** Counted from the start of the process. */
  readonly pass: number;
}

/** A process that is loaded and waits to be told what it is; it belongs to nobody yet. */
export class WaitingWorker {
  readonly child: ChildProcess;
  readonly #log: string;

  constructor(folder: string) {
    this.#log = path.join(folder, 'worker.log');
    const log = openSync(this.#log, 'a');
    const entry = fileURLToPath(new URL('../support/processes/waiting-worker.mjs', import.meta.url));
    this.child = spawn(process.execPath, [entry], {
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    closeSync(log);
  }

  /** Messages that come before it is loaded wait for it. */
  begin(env: NodeJS.ProcessEnv): void {
    this.child.send(env, () => undefined);
  }

  end(): void {
    this.child.kill('SIGKILL');
  }
}

/** A worker, or a command, as a process of its own, with a log of the crash points that it passes. */
export class WorkerProcess {
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #files: Files;
  #armed: readonly Armed[] = [];

  private constructor(child: ChildProcess, files: Files) {
    this.#child = child;
    this.#files = files;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
    this.ready = untilReady(child);
  }

  /** `number` keeps the files of several processes apart. */
  static takeOver(waiting: WaitingWorker, place: ProcessPlace, crashes: readonly Crash[]): WorkerProcess {
    const files = filesOf(place);
    const worker = new WorkerProcess(waiting.child, files);
    worker.arm(crashes);
    waiting.begin({ ...place.env, ...environmentOf(files) });
    return worker;
  }

  static startCommand(args: readonly string[], place: ProcessPlace, crashes: readonly Crash[]): WorkerProcess {
    const files = filesOf(place);
    const log = openSync(path.join(place.folder, 'worker.log'), 'a');
    writeFileSync(files.plan, '');
    const child = spawn(process.execPath, [builtEntry('cli/main.js'), ...args], {
      env: { ...place.env, ...environmentOf(files) },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const command = new WorkerProcess(child, files);
    command.arm(crashes);
    return command;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** From here on it goes down at these. */
  arm(crashes: readonly Crash[]): void {
    const passes = this.trace();
    this.#armed = crashes.map((crash) => {
      const before = passes.filter(({ point, place }) => point === crash.point && place === crash.place).length;
      return { crash, pass: before + crash.pass };
    });
    const lines = this.#armed.map(
      ({ crash: { point, place, mode }, pass }) => `${point}#${String(pass)} ${place} ${mode}\n`,
    );
    writeFileSync(this.#files.plan, lines.join(''));
  }

  /** Points that it passed, in order. */
  trace(): readonly Pass[] {
    if (!existsSync(this.#files.trace)) return [];
    return readFileSync(this.#files.trace, 'utf8').split('\n').slice(0, -1).map(parsePass);
  }

  /** Crashes that it came by, each with the activity that it was in. */
  crashes(): readonly { readonly crash: Crash; readonly activity: string }[] {
    if (this.#armed.length === 0) return [];
    const passes = this.trace();
    return this.#armed.flatMap(({ crash, pass }) => {
      const found = passes.find(
        (passed) => passed.point === crash.point && passed.place === crash.place && passed.pass === pass,
      );
      return found === undefined ? [] : [{ crash, activity: found.activity }];
    });
  }

  /** What hangs in it goes on: everything has moved on without it. */
  letGo(): void {
    writeFileSync(this.#files.release, '');
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.isGone) return;
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await this.ended;
    clearTimeout(force);
  }
}

/** Where a process runs. */
interface ProcessPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Keeps the files of several processes apart. */
  readonly number: number;
}

interface Files {
  readonly trace: string;
  readonly plan: string;
  readonly release: string;
}

function filesOf({ folder, number }: ProcessPlace): Files {
  const file = (kind: string): string => path.join(folder, `worker-${String(number)}.${kind}`);
  return { trace: file('trace'), plan: file('plan'), release: file('release') };
}

function environmentOf({ trace, plan, release }: Files): NodeJS.ProcessEnv {
  return { GAUNTLET_CRASH_TRACE: trace, GAUNTLET_CRASH_PLAN: plan, GAUNTLET_CRASH_RELEASE: release };
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
