import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { createMlflowClient } from 'mlflow-ts-client';
import { readLedgerAfresh } from '../../activities/ledger/read-ledger.js';
import { verifyPipeline } from '../../activities/verify/verify-pipeline.js';
import { anchorTag, ledgerHeadTag } from '../../adapters/anchor/anchor-tag.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { ParquetRowCounter } from '../../adapters/delta/parquet-row-counter.js';
import { registryFromEnvironment } from '../../adapters/mlflow/mlflow-registry.js';
import { openStore } from '../../adapters/store/open-store.js';
import { startDevStack, type DevStack } from '../../cli/dev-stack.js';
import { followWorkflow } from '../../cli/follow-workflow.js';
import { isClean } from '../../domain/verify/check.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import { connectClient } from '../../workers/connection.js';
import { taskQueues, type PromoteResult, type WorkflowStatus, type WorkflowType } from '../../workflows/api.js';

type Environment = Readonly<Record<string, string>>;

/** Longer than anything here takes on a slow machine: a run that hangs fails its test by name. */
export const slowMs = 300_000;

/** Temporal, MLflow and a worker of their own, in a state folder that goes away with them. */
export class LiveStack {
  readonly stateDir: string;
  readonly dev: DevStack;
  readonly client: Client;
  #runs = 0;

  private constructor(stateDir: string, dev: DevStack, client: Client) {
    this.stateDir = stateDir;
    this.dev = dev;
    this.client = client;
  }

  /** `seed` is a state folder to begin with a copy of; `env` is what the stack sees besides this process's variables. */
  static async open({
    seed,
    env = {},
  }: { readonly seed?: string; readonly env?: Environment } = {}): Promise<LiveStack> {
    const stateDir = await mkdtemp(path.join(tmpdir(), 'gauntlet-live-'));
    if (seed !== undefined) await cp(seed, stateDir, { recursive: true });
    return LiveStack.openAt(stateDir, env);
  }

  static async openAt(stateDir: string, env: Environment): Promise<LiveStack> {
    const dev = await withEnvironment(env, () => startDevStack({ stateDir, log: () => undefined }));
    return new LiveStack(stateDir, dev, await connectClient(dev.settings));
  }

  /** Stops what was started and leaves the state folder. */
  async stop(): Promise<void> {
    await this.client.connection.close();
    await this.dev.stop();
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  start(type: WorkflowType, input: unknown): Promise<WorkflowHandle> {
    this.#runs += 1;
    const workflowId = `${type}/${String(this.#runs)}/${path.basename(this.stateDir)}`;
    return this.client.workflow.start(type, { taskQueue: taskQueues.control, workflowId, args: [input] });
  }

  async run<R>(type: WorkflowType, input: unknown): Promise<R> {
    return (await (await this.start(type, input)).result()) as R;
  }

  /** Waits for the gates and approves what they found, as a person would. */
  async approve(handle: WorkflowHandle): Promise<WorkflowStatus> {
    const status = await askedFor(handle);
    await handle.signal('approve', {
      reportDigest: status.reportDigest?.slice(0, 12),
      by: 'Maria',
      reason: 'it is good',
    });
    return status;
  }

  async promote(input: object): Promise<PromoteResult> {
    const handle = await this.start('promote', input);
    await this.approve(handle);
    return (await handle.result()) as PromoteResult;
  }

  /** A new worker in place of the one that runs or that was killed. */
  async restartWorker(env: Environment = {}): Promise<void> {
    await this.dev.stopWorker('SIGKILL');
    await this.dev.startWorker(env);
  }

  /** Resolves when the worker is gone. */
  async untilWorkerDied(): Promise<void> {
    const pid = this.dev.workerPid();
    if (pid === undefined) return;
    await until('the worker is gone', () => !isAlive(pid));
  }

  view(storeDir = this.dev.settings.storeLocation): StoreView {
    return new StoreView(storeDir, this.stateDir);
  }
}

/** What lies in a store, read afresh each time: no worker is asked. */
export class StoreView {
  readonly storeDir: string;
  readonly #stateDir: string;

  constructor(storeDir: string, stateDir: string) {
    this.storeDir = storeDir;
    this.#stateDir = stateDir;
  }

  async ledger(pipeline: string): Promise<LedgerState> {
    return (await readLedgerAfresh(await openStore(this.storeDir), pipeline)).state;
  }

  async table(pipeline: string, name: 'predictions' | 'shadow-predictions' = 'predictions', version?: number) {
    return new DeltaPredictionTable(await openStore(this.storeDir)).load(pipeline, name, version);
  }

  async tableFolder(pipeline: string): Promise<string> {
    const store = await openStore(this.storeDir);
    return path.join(store.root, new DeltaPredictionTable(store).folder(pipeline, 'predictions'));
  }

  /** The problems that `verify` finds; empty when it is clean. */
  async problems(pipeline: string): Promise<readonly string[]> {
    const store = await openStore(this.storeDir);
    const rowCounter = new ParquetRowCounter(path.join(this.#stateDir, 'verify-spill'));
    const checks = await verifyPipeline({ store, table: new DeltaPredictionTable(store), rowCounter, pipeline });
    const found = checks.flatMap(({ name, problems }) =>
      problems.map((problem) => `${name}: ${JSON.stringify(problem)}`),
    );
    return isClean(checks) ? found : [...found, 'not clean'];
  }

  /** Window to the hash of its live file's bytes. */
  async publishedBytes(pipeline: string, version?: number): Promise<Readonly<Record<string, string>>> {
    const { files } = await this.table(pipeline, 'predictions', version);
    return Object.fromEntries(files.map((file) => [file.window, file.sha256]));
  }

  /** Everything a failed run must leave as it was. */
  async standing(pipeline: string) {
    const { champion, decisionEpoch } = await this.ledger(pipeline);
    return { champion, decisionEpoch, tableVersion: (await this.table(pipeline)).version };
  }
}

/** The run waits for a person; one that ends instead shows why. */
export async function askedFor(handle: WorkflowHandle): Promise<WorkflowStatus> {
  return pausedAt(handle, (status) => status.deadlineAt !== null);
}

/** Waits until the run's status fulfils a condition; a run that ends before that shows how. */
export async function pausedAt(
  handle: WorkflowHandle,
  holds: (status: WorkflowStatus) => boolean,
): Promise<WorkflowStatus> {
  const progress = { tell: () => undefined, draw: () => undefined };
  const followed = await followWorkflow({ handle, progress, signal: AbortSignal.timeout(slowMs), until: holds });
  if (followed.status === 'paused-at') return followed.workflowStatus;
  throw new Error(`the run did not get there: ${JSON.stringify(followed)}`);
}

/**
 * Waits until a step of the run has been given to a worker. The history keeps it, so that a run quicker than anybody can
 * look is seen too.
 */
export async function hasBegun(handle: WorkflowHandle, activity: string): Promise<void> {
  await until(`${activity} has begun`, async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).some((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  });
}

/** Looks again and again until a condition holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + slowMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting: ${what}`);
    await pause(10);
  }
}

/** The version that MLflow itself says the alias stands for; null without one. */
export async function aliasVersion(trackingUri: string, name: string): Promise<string | null> {
  const query = new URLSearchParams({ name, alias: 'champion' });
  const response = await fetch(`${trackingUri}/api/2.0/mlflow/registered-models/alias?${query.toString()}`);
  const body = (await response.json()) as { readonly model_version?: { readonly version: string } };
  return body.model_version?.version ?? null;
}

/** Number of the record that the registry's anchor of a pipeline names; null without one. */
export async function anchoredNumber(trackingUri: string, pipeline: string): Promise<number | null> {
  const place = anchorTag(registryFromEnvironment({}, trackingUri, null));
  const [anchor] = await place.read({ pipeline, registeredName: pipeline });
  return anchor?.number ?? null;
}

/** Puts the alias where a copied store left it, and takes away the anchor of another copy's ledger. */
export async function resetAlias(trackingUri: string, name: string, version: string): Promise<void> {
  const response = await fetch(`${trackingUri}/api/2.0/mlflow/registered-models/alias`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, alias: 'champion', version }),
  });
  if (!response.ok) throw new Error(await response.text());
  const { registeredModels } = createMlflowClient({ trackingUri });
  await registeredModels.deleteTag(name, ledgerHeadTag);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Variables that count while something starts; it hands them on to its own processes. */
async function withEnvironment<T>(env: Environment, run: () => Promise<T>): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}
