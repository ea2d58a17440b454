import path from 'node:path';
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
import { awaited, endOf, type AwaitedEnd } from './awaited-run.js';
import type { ChaosStack, LifeBucket } from './chaos-stack.js';
import { decide, statusOf } from './decisions.js';
import type { LifeScene } from './interventions.js';
import type { LifeStep } from './life-steps.js';
import { endAllRuns, giveUpLostWork } from './lost-work.js';
import { normalOutcome, type NormalOutcome } from './normal-outcome.js';
import { writeSmallPipeline, type LifeKind, type SmallPipeline } from './small-pipeline.js';
import type { Crash, Pass } from './worker-process.js';
import { WorkerCrew } from './worker-crew.js';

/** How a step went. */
export interface StepReport {
  readonly step: string;
  /** Points that were passed while nothing went down. */
  readonly trace: readonly Pass[];
  /** Crashes that happened, and those whose point was not passed again. */
  readonly crashed: readonly Crash[];
  readonly missed: readonly Crash[];
  /** Null when it ended well. */
  readonly failure: string | null;
  /** From its beginning to its end, and how much of it was spent on waiting for workers to start. */
  readonly tookMs: number;
  readonly startingMs: number;
}

/** Far longer than a step takes on a busy machine, with every wait for a lost worker in it. */
const stepWithinMs = 420_000;
const lookEveryMs = 50;
const nudgeEveryMs = 300;

/** Where a life is lived. A lane is a namespace of Temporal: lives that are lived at once need one each. */
export interface LifePlace {
  readonly kind: LifeKind;
  readonly lane?: number;
  /** What its workers see besides what all see. */
  readonly env?: NodeJS.ProcessEnv;
  /** Nothing of it goes on after this instant. */
  readonly untilMs?: number;
  /** Its store lies in this bucket; in its folder where there is none. */
  readonly bucket?: LifeBucket | null;
}

/** One pipeline from its first training to its end, with workers that go down where they are told to. */
export class Life implements LifeScene {
  readonly pipeline: SmallPipeline;
  readonly folder: string;
  readonly trackingUri: string;
  readonly #openStore: () => Promise<Store>;
  readonly #client: Client;
  readonly #crew: WorkerCrew;
  readonly #untilMs: number;
  #runs = 0;

  private constructor(
    stack: ChaosStack,
    client: Client,
    pipeline: SmallPipeline,
    own: {
      readonly folder: string;
      readonly crew: WorkerCrew;
      readonly untilMs: number;
      readonly openStore: () => Promise<Store>;
    },
  ) {
    this.trackingUri = stack.trackingUri;
    this.#client = client;
    this.pipeline = pipeline;
    this.folder = own.folder;
    this.#crew = own.crew;
    this.#untilMs = own.untilMs;
    this.#openStore = own.openStore;
  }

  static async begin(stack: ChaosStack, life: string, place: LifePlace): Promise<Life> {
    const { kind, lane = 0, env = {}, bucket = null, untilMs = Infinity } = place;
    const folder = await stack.makeFolder(life);
    const pipeline = await writeSmallPipeline(folder, { kind, life, webhookUrl: stack.webhookUrl });
    const whole = stack.environment(folder, { pipelines: pipeline.folder, lane }, env);
    const openStore = bucket?.openStore ?? (() => openLocalStore(path.join(folder, 'store')));
    return new Life(stack, stack.clientOf(lane), pipeline, {
      ...{ folder, untilMs, openStore },
      crew: new WorkerCrew(whole, folder),
    });
  }

  get storeFolder(): string {
    return path.join(this.folder, 'store');
  }

  /** Goes through one step to its end; each crash takes down the process that it is armed in, in this order. */
  async live(step: LifeStep, crashes: readonly Crash[] = []): Promise<StepReport> {
    const beganMs = Date.now();
    const startingBeforeMs = this.#crew.startingMs;
    await this.#crew.prepare('command' in step.work ? [] : crashes);
    const traced = this.#crew.mark();
    const failure = await this.#goThrough(step, crashes).catch(describeError);
    const { crashed } = await this.#crew.settle(() => this.#giveUp());
    return {
      step: step.name,
      trace: this.#crew.traceSince(traced),
      crashed,
      missed: crashes.filter((crash) => !crashed.includes(crash)),
      failure,
      tookMs: Date.now() - beganMs,
      startingMs: this.#crew.startingMs - startingBeforeMs,
    };
  }

  /** What is left when nobody works on it any more. */
  async outcome(): Promise<NormalOutcome> {
    return normalOutcome(await this.#openStore(), this.pipeline.name);
  }

  ledger = async (): Promise<LedgerState> =>
    (await readLedgerAfresh(await this.#openStore(), this.pipeline.name)).state;

  /** What `verify` finds; empty when it is clean. */
  async problems(): Promise<readonly string[]> {
    const store = await this.#openStore();
    const rowCounter = new ParquetRowCounter(path.join(this.folder, 'verify-spill'));
    const { name: pipeline } = this.pipeline;
    const checks = await verifyPipeline({ store, table: new DeltaPredictionTable(store), rowCounter, pipeline });
    return checks.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${JSON.stringify(problem)}`));
  }

  async end(): Promise<void> {
    await this.#crew.end();
    await endAllRuns(this.#client);
  }

  async #goThrough(step: LifeStep, crashes: readonly Crash[]): Promise<string | null> {
    await step.before?.(this);
    return this.#untilOver(step, await this.#begin(step, crashes));
  }

  async #begin(
    { name, work }: LifeStep,
    crashes: readonly Crash[],
  ): Promise<{ ending: AwaitedEnd; handle: WorkflowHandle | null }> {
    if ('command' in work)
      return { ending: awaited(this.#crew.command(work.command(this.pipeline), crashes)), handle: null };
    const handle = 'promotion' in work ? this.#promotion(work.promotion) : await this.#start(name, work);
    return { ending: endOf(handle), handle };
  }

  /** Null when the step came to what it has to come to, else why it did not. */
  async #untilOver(
    step: LifeStep,
    { ending, handle }: { readonly ending: AwaitedEnd; readonly handle: WorkflowHandle | null },
  ): Promise<string | null> {
    const beganMs = Date.now();
    let isDecided = step.decisions === undefined;
    let nudgedAtMs = 0;
    const deadlineMs = Math.min(Date.now() + stepWithinMs, this.#untilMs);
    while (Date.now() < deadlineMs) {
      if (await this.#crew.replaceLost()) await this.#giveUp();
      if (Date.now() - nudgedAtMs > nudgeEveryMs) {
        nudgedAtMs = Date.now();
        await this.#giveUp();
        if (!isDecided && handle !== null) isDecided = await this.#decide(step, handle);
        if (isDecided && handle !== null && step.until !== undefined && !ending.isOver()) {
          const status = await statusOf(handle);
          if (status !== null && step.until(status)) return null;
        }
        if (ending.isOver()) {
          const failure = await ending.promise;
          if (failure !== null) return failure;
          if (step.until !== undefined) return 'the run ended too early';
          if (step.moves === undefined) return null;
          const moved = await this.#hasMoved(step.moves);
          if (moved !== false) return moved;
        }
      }
      await Promise.race([...(ending.isOver() ? [] : [ending.promise]), pause(lookEveryMs)]);
    }
    return this.#stuck(beganMs);
  }

  /** False while it has not, null when it has, and why it never will. */
  async #hasMoved({ promotion, to }: NonNullable<LifeStep['moves']>): Promise<false | string | null> {
    const handle = this.#promotion(promotion);
    const { status } = await handle.describe();
    if (to === null) return status.name === 'RUNNING' ? false : endOf(handle).promise;
    if (status.name !== 'RUNNING') return `the promotion of version ${promotion} is ${status.name} already`;
    const shown = await statusOf(handle);
    return shown !== null && to(shown) ? null : false;
  }

  async #giveUp(): Promise<void> {
    const { alivePids, hanging } = this.#crew;
    if (this.#crew.hasLost) await giveUpLostWork(this.#client, { alivePids, hanging });
  }

  #decide({ decisions, version = '1' }: LifeStep, handle: WorkflowHandle): Promise<boolean> {
    const pipeline = this.pipeline.name;
    if (decisions === undefined) return Promise.resolve(true);
    return decide(handle, decisions, { pipeline, promotionId: `${pipeline}/v${version}/1` });
  }

  /** It is a violation, and not the end of everything. */
  async #stuck(beganMs: number): Promise<string> {
    const found: string[] = [];
    for await (const { workflowId } of this.#client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
      const { raw } = await this.#client.workflow.getHandle(workflowId).describe();
      const pending = (raw.pendingActivities ?? []).map(
        ({ activityType, attempt, lastFailure }) =>
          `${activityType?.name ?? ''}, attempt ${String(attempt)}, ${lastFailure?.message ?? 'no failure'}`,
      );
      found.push(`${workflowId}: ${pending.join('; ') || 'nothing pending'}`);
    }
    await endAllRuns(this.#client);
    return `it did not end within ${String(Math.round((Date.now() - beganMs) / 1000))} s; runs: ${found.join(' | ') || 'none'}`;
  }

  #promotion(version: string): WorkflowHandle {
    return this.#client.workflow.getHandle(`promote/${this.pipeline.name}/v${version}`);
  }

  #start(name: string, work: Extract<LifeStep['work'], { readonly start: unknown }>): Promise<WorkflowHandle> {
    return this.#client.workflow.start(work.start, {
      taskQueue: taskQueues.control,
      workflowId: `${name}/${this.pipeline.name}/${String(++this.#runs)}`,
      args: [work.input(this.pipeline)],
    });
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join('\n') : String(error);
}
