import type { HangingWork } from './lost-work.js';
import { WaitingWorker, WorkerProcess, type Crash, type Pass } from './worker-process.js';

/** Attempts at one command: a person starts it again when it did not end well. */
const maxCommandStarts = 8;

/** The workers of one life: one that works, those before it that end or hang, and one that waits to take over. */
export class WorkerCrew {
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #workers: WorkerProcess[] = [];
  #waiting: WaitingWorker;
  #started = 0;
  #left: Crash[] = [];
  #crashed: Crash[] = [];
  #hanging: { readonly worker: WorkerProcess; readonly activity: string }[] = [];
  /** How long somebody waited for workers to start. */
  startingMs = 0;
  /** Something may have gone down with work in its hands since the step began. */
  hasLost = false;

  constructor(env: NodeJS.ProcessEnv, folder: string) {
    this.#env = env;
    this.#folder = folder;
    this.#waiting = new WaitingWorker(folder);
  }

  get alivePids(): ReadonlySet<number> {
    return new Set(this.#workers.flatMap((worker) => (worker.isGone ? [] : [worker.pid])));
  }

  get hanging(): readonly HangingWork[] {
    return this.#hanging.map(({ worker: { pid }, activity }) => ({ pid, activity }));
  }

  /** A worker is there, and goes down at the first of these; the next one at the next. */
  async prepare(crashes: readonly Crash[]): Promise<void> {
    this.#left = [...crashes];
    this.#crashed = [];
    this.hasLost = false;
    const worker = this.#current();
    if (worker === undefined || worker.isGone) await this.#start();
    else worker.arm(this.#left.slice(0, 1));
  }

  mark(): { readonly worker: WorkerProcess | undefined; readonly passed: number } {
    const worker = this.#current();
    return { worker, passed: worker?.trace().length ?? 0 };
  }

  /** What the worker of today passed; all of it, where it took over meanwhile. */
  traceSince({ worker, passed }: ReturnType<WorkerCrew['mark']>): readonly Pass[] {
    const current = this.#current();
    return [...(current?.trace().slice(current === worker ? passed : 0) ?? []), ...this.#commandTrace];
  }

  /** True when the worker of today went down, and another one works. */
  async replaceLost(): Promise<boolean> {
    const worker = this.#current();
    const [met] = worker?.crashes() ?? [];
    if (worker === undefined || (met === undefined && !worker.isGone)) return false;
    this.hasLost = true;
    if (met !== undefined) this.#meet(worker, met);
    await this.#start();
    return true;
  }

  /** After a step: what hangs goes on, too late, and ends as after a deployment. */
  async settle(giveUp: () => Promise<void>): Promise<{ readonly crashed: readonly Crash[] }> {
    const worker = this.#current();
    const [met] = worker?.crashes() ?? [];
    if (worker !== undefined && met !== undefined) this.#meet(worker, met);
    worker?.arm([]);
    this.#left = [];
    await giveUp();
    const former = this.#workers.filter((other) => !other.isGone && (other !== worker || met !== undefined));
    for (const { worker: hanging } of this.#hanging) hanging.letGo();
    await Promise.all(former.map((other) => other.end('SIGTERM')));
    this.#hanging = [];
    return { crashed: this.#crashed };
  }

  /** A person gives a command, and gives it again until it ends well. Null when it did. */
  async command(args: readonly string[], crashes: readonly Crash[]): Promise<string | null> {
    const left = [...crashes];
    this.#commandTrace = [];
    const standing: WorkerProcess[] = [];
    for (let tried = 0; tried < maxCommandStarts; tried++) {
      const next = left.shift();
      const place = { env: this.#env, folder: this.#folder, number: ++this.#started };
      const command = WorkerProcess.startCommand(args, place, next === undefined ? [] : [next]);
      const isHanging = (): boolean => next?.mode === 'hang' && command.crashes().length > 0;
      while (!command.isGone && !isHanging())
        await Promise.race([command.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
      if (next !== undefined && command.crashes().length > 0) this.#crashed.push(next);
      if (isHanging()) standing.push(command);
      this.#commandTrace = command.trace();
      if (command.exitCode === 0) {
        for (const hanging of standing) hanging.letGo();
        await Promise.all(standing.map((hanging) => hanging.ended));
        return null;
      }
    }
    return `gauntlet ${args.join(' ')} did not end well, tried ${String(maxCommandStarts)} times`;
  }

  #commandTrace: readonly Pass[] = [];

  async end(): Promise<void> {
    this.#waiting.end();
    for (const { worker } of this.#hanging) worker.letGo();
    await Promise.all(this.#workers.map((worker) => worker.end('SIGKILL')));
  }

  #current(): WorkerProcess | undefined {
    return this.#workers.at(-1);
  }

  /** A worker that is asked to end, or stands still, takes nothing new on. */
  #meet(worker: WorkerProcess, { crash, activity }: { readonly crash: Crash; readonly activity: string }): void {
    this.#crashed.push(crash);
    this.#left = this.#left.filter((other) => other !== crash);
    worker.arm([]);
    if (crash.mode !== 'hang') return;
    this.#hanging.push({ worker, activity });
    process.kill(worker.pid, 'SIGTERM');
  }

  async #start(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new WaitingWorker(this.#folder);
    const place = { env: this.#env, folder: this.#folder, number: ++this.#started };
    const worker = WorkerProcess.takeOver(waiting, place, this.#left.slice(0, 1));
    this.#workers.push(worker);
    const beganMs = Date.now();
    await worker.ready;
    this.startingMs += Date.now() - beganMs;
  }
}
