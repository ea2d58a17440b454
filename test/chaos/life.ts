import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { taskQueues } from '../../workflows/api.js';
import { readLedgerAfresh } from '../../activities/ledger/read-ledger.js';
import type { Store } from '../../activities/ports/store.js';
import { verifyPipeline } from '../../activities/verify/verify-pipeline.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { ParquetRowCounter } from '../../adapters/delta/parquet-row-counter.js';
import { openStore as openLocalStore } from '../../adapters/store/open-store.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import { approveIfAsked, endOf } from './awaited-run.js';
import type { ChaosStack, LifeBucket } from './chaos-stack.js';
import type { LifeStep } from './life-steps.js';
import { giveUpLostWork } from './lost-work.js';
import { normalOutcome, type NormalOutcome } from './normal-outcome.js';
import { writeSmallPipeline, type SmallPipeline } from './small-pipeline.js';
import { WorkerProcess, type Crash, type Pass } from './worker-process.js';

/** How a step went. */
export interface StepReport {
  readonly step: string;
  /** Points that were passed while nothing went down. */
  readonly trace: readonly Pass[];
  /** Crashes that happened, and those whose point was not passed again. */
  readonly crashed: readonly Crash[];
  readonly missed: readonly Crash[];
  /** Null when the workflow ended well. */
  readonly failure: string | null;
}

/** Far longer than a step takes, with every wait for a lost worker in it. */
const stepWithinMs = 600_000;
const lookEveryMs = 100;
const nudgeEveryMs = 400;

/** Where a life is lived. A lane is a namespace of Temporal: lives that are lived at once need one each. */
export interface LifePlace {
  readonly lane?: number;
  /** What its workers see besides what all see. */
  readonly env?: NodeJS.ProcessEnv;
  /** Its store lies in this bucket; in its folder where there is none. */
  readonly bucket?: LifeBucket | null;
}

/** One pipeline from its first training to a rollback, with workers that go down where they are told to. */
export class Life {
  readonly pipeline: SmallPipeline;
  readonly folder: string;
  readonly #openStore: () => Promise<Store>;
  readonly #client: Client;
  readonly #env: NodeJS.ProcessEnv;
  readonly #workers: WorkerProcess[] = [];
  readonly #handles: WorkflowHandle[] = [];
  #started = 0;

  private constructor(
    client: Client,
    pipeline: SmallPipeline,
    folder: string,
    own: { readonly env: NodeJS.ProcessEnv; readonly openStore: () => Promise<Store> },
  ) {
    this.#client = client;
    this.pipeline = pipeline;
    this.folder = folder;
    this.#env = own.env;
    this.#openStore = own.openStore;
  }

  static async begin(stack: ChaosStack, name: string, { lane = 0, env = {}, bucket = null }: LifePlace): Promise<Life> {
    const folder = await stack.makeFolder(name);
    const pipeline = await writeSmallPipeline(folder, name, stack.webhookUrl);
    const whole = stack.environment(folder, { pipelines: pipeline.folder, lane }, env);
    const openStore = bucket?.openStore ?? (() => openLocalStore(path.join(folder, 'store')));
    return new Life(stack.clientOf(lane), pipeline, folder, { env: whole, openStore });
  }

  /** Runs one workflow to its end; each crash takes down the worker that it is armed in, in this order. */
  async live(step: LifeStep, crashes: readonly Crash[] = []): Promise<StepReport> {
    const left = [...crashes];
    const crashed: Crash[] = [];
    if (left.length > 0 || this.#current()?.crash !== null) await this.#replace(left.shift() ?? null);
    const before = this.#current()?.trace().length ?? 0;
    const handle = await this.#handleOf(step);
    const ending = endOf(handle);
    let isAsked = !step.isApproved;
    let nudgedAtMs = 0;
    const deadlineMs = Date.now() + stepWithinMs;
    while (!ending.isOver()) {
      if (Date.now() > deadlineMs) return this.#giveUp(step, handle, crashed);
      const worker = this.#current();
      if (worker === undefined || worker.isGone || worker.isHanging) {
        crashed.push(...(worker?.crash ? [worker.crash] : []));
        // What it hangs in is given up once; everything else it does goes on.
        if (worker?.isHanging === true) await this.#giveUpLost(worker);
        await this.#start(left.shift() ?? null);
      }
      if (Date.now() - nudgedAtMs > nudgeEveryMs) {
        nudgedAtMs = Date.now();
        await this.#giveUpLost();
        if (!isAsked) isAsked = await approveIfAsked(handle);
      }
      await Promise.race([ending.promise, pause(lookEveryMs)]);
    }
    const failure = await ending.promise;
    const last = this.#current();
    if (last?.crash && last.hasCrashed() && !crashed.includes(last.crash)) crashed.push(last.crash);
    const missed = crashes.filter((crash) => !crashed.includes(crash));
    await this.#letHangingGo();
    return { step: step.name, trace: last?.trace().slice(before) ?? [], crashed, missed, failure };
  }

  /** What is left when nobody works on it any more. */
  async outcome(): Promise<NormalOutcome> {
    return normalOutcome(await this.#openStore(), this.pipeline.name);
  }

  async ledger(): Promise<LedgerState> {
    return (await readLedgerAfresh(await this.#openStore(), this.pipeline.name)).state;
  }

  /** What `verify` finds; empty when it is clean. */
  async problems(): Promise<readonly string[]> {
    const store = await this.#openStore();
    const rowCounter = new ParquetRowCounter(path.join(this.folder, 'verify-spill'));
    const { name: pipeline } = this.pipeline;
    const checks = await verifyPipeline({ store, table: new DeltaPredictionTable(store), rowCounter, pipeline });
    return checks.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${JSON.stringify(problem)}`));
  }

  async end(): Promise<void> {
    await this.#letHangingGo();
    await Promise.all(this.#workers.map((worker) => worker.end('SIGKILL')));
  }

  #current(): WorkerProcess | undefined {
    return this.#workers.at(-1);
  }

  async #giveUpLost(hanging?: WorkerProcess): Promise<void> {
    const alive = this.#workers.filter((worker) => !worker.isGone && worker !== hanging);
    const pids = new Set(alive.map(({ pid }) => pid));
    if (pids.size > 0 || hanging !== undefined) await giveUpLostWork(this.#client, this.#handles, pids);
  }

  /** It is a violation, and not the end of everything. */
  async #giveUp(step: LifeStep, handle: WorkflowHandle, crashed: readonly Crash[]): Promise<StepReport> {
    const { raw } = await handle.describe();
    const pending = (raw.pendingActivities ?? []).map(
      ({ activityType, attempt, lastFailure }) =>
        `${activityType?.name ?? ''}, attempt ${String(attempt)}, ${lastFailure?.message ?? 'no failure'}`,
    );
    await handle.terminate('it does not end');
    await this.#letHangingGo();
    const failure = `it did not end within ${String(stepWithinMs / 1000)} s; pending: ${pending.join('; ') || 'nothing'}`;
    return { step: step.name, trace: [], crashed, missed: [], failure };
  }

  async #replace(crash: Crash | null): Promise<void> {
    await this.#current()?.end('SIGKILL');
    await this.#start(crash);
  }

  async #start(crash: Crash | null): Promise<void> {
    const worker = WorkerProcess.start(this.#env, crash, this.folder, ++this.#started);
    this.#workers.push(worker);
    await worker.ready;
  }

  /** What it does now comes too late, and must do no harm. Then it ends, as after a deployment. */
  async #letHangingGo(): Promise<void> {
    const hanging = this.#workers.filter((worker) => worker.isHanging);
    for (const { releaseFile } of hanging) writeFileSync(releaseFile, '');
    await Promise.all(hanging.map((worker) => worker.end('SIGTERM')));
  }

  async #handleOf(step: LifeStep): Promise<WorkflowHandle> {
    const { workflow } = this.#client;
    const startedAs = step.startedAs?.(this.pipeline);
    const handle =
      startedAs === undefined
        ? await workflow.start(step.type, {
            taskQueue: taskQueues.control,
            workflowId: `${step.name}/${this.pipeline.name}/${String(this.#handles.length)}`,
            args: [step.input(this.pipeline)],
          })
        : workflow.getHandle(startedAs);
    this.#handles.push(handle);
    return handle;
  }
}
