import { readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { vi } from 'vitest';
import { classifyFailures } from '../../activities/failures.js';
import { startTemporal } from '../../scripts/servers/index.mjs';
import { statusQueryName, taskQueues, type WorkflowStatus, type WorkflowType } from '../../workflows/api.js';
import { testTimeSkippingServer, testWorkflowBundle } from './servers.js';
import { Fakes, type Activities } from './workflow-fakes.js';

/** The real workflows on a server that skips time while a result is awaited, with activities faked per run. */
export interface WorkflowRoom {
  /** Starts a run whose activities are `fakes`. The workflow id is unique unless it is given. */
  start(type: WorkflowType, input: unknown, fakes: Fakes): Promise<WorkflowHandle>;
  /** The same, with a signal that is there before the run begins. */
  startWithSignal(
    type: WorkflowType,
    input: unknown,
    fakes: Fakes,
    signal: string,
    payload: unknown,
  ): Promise<WorkflowHandle>;
  /** Lets the activities of a run that a workflow starts be answered by `fakes`. */
  adopt(workflowId: string, fakes: Fakes): WorkflowHandle;
  sleep(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** One server and one worker for each task queue, as in production. */
export async function openWorkflowRoom(): Promise<WorkflowRoom> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const [serverPath, codePath] = await Promise.all([testTimeSkippingServer(), testWorkflowBundle()]);
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: serverPath } },
    client: { identity: 'test client' },
  });
  const fakesOf = new Map<string, Fakes>();
  const stopWorkers = await startWorkers(env.nativeConnection, codePath, fakesOf);
  return {
    async start(type, input, fakes) {
      const workflowId = `${type}/${randomUUID()}`;
      fakesOf.set(workflowId, fakes);
      return env.client.workflow.start(type, { taskQueue: taskQueues.control, workflowId, args: [input] });
    },
    async startWithSignal(type, input, fakes, signal, payload) {
      const workflowId = `${type}/${randomUUID()}`;
      fakesOf.set(workflowId, fakes);
      const options = { taskQueue: taskQueues.control, workflowId, args: [input], signal, signalArgs: [payload] };
      return env.client.workflow.signalWithStart(type, options);
    },
    adopt(workflowId, fakes) {
      fakesOf.set(workflowId, fakes);
      return env.client.workflow.getHandle(workflowId);
    },
    sleep: (ms) => env.sleep(ms),
    async close() {
      await stopWorkers();
      await env.teardown();
    },
  };
}

/** A worker for each task queue, whose activities are the fakes of the run that asks; returns what stops them. */
async function startWorkers(
  connection: NativeConnection,
  codePath: string,
  fakesOf: ReadonlyMap<string, Fakes>,
): Promise<() => Promise<unknown>> {
  const workers = await Promise.all(
    Object.values(taskQueues).map((taskQueue) =>
      Worker.create({
        connection,
        taskQueue,
        identity: 'test worker',
        activities: dispatching(fakesOf),
        maxHeartbeatThrottleInterval: '100 milliseconds',
        ...(taskQueue === taskQueues.control ? { workflowBundle: { codePath } } : {}),
      }),
    ),
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
  return () => {
    for (const worker of workers) worker.shutdown();
    return running;
  };
}

/** The same on a development server of its own, where time is real: for what the time-skipping server does not do. */
export interface ServerRoom {
  readonly client: Client;
  /** Lets the activities of a run that is started otherwise be answered by `fakes`. */
  adopt(workflowId: string, fakes: Fakes): void;
  start(type: WorkflowType, input: unknown, fakes: Fakes): Promise<WorkflowHandle>;
  /** Stops the workers while something happens, and starts them again. */
  withoutWorkers<T>(happens: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openServerRoom(serverArgs: readonly string[] = []): Promise<ServerRoom> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const stateDir = await mkdtemp(path.join(tmpdir(), 'gauntlet-server-'));
  const codePath = await testWorkflowBundle();
  const server = await startTemporal({ stateDir, log: () => undefined, extraArgs: [...serverArgs] });
  const native = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const fakesOf = new Map<string, Fakes>();
  let stopWorkers = await startWorkers(native, codePath, fakesOf);
  return {
    client,
    adopt: (workflowId, fakes) => void fakesOf.set(workflowId, fakes),
    start(type, input, fakes) {
      const workflowId = `${type}/${randomUUID()}`;
      fakesOf.set(workflowId, fakes);
      return client.workflow.start(type, { taskQueue: taskQueues.control, workflowId, args: [input] });
    },
    async withoutWorkers(happens) {
      await stopWorkers();
      try {
        return await happens();
      } finally {
        stopWorkers = await startWorkers(native, codePath, fakesOf);
      }
    },
    async close() {
      await stopWorkers();
      await client.connection.close();
      await native.close();
      await server.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Activities that hand each call to the fakes of the run it belongs to, and keep it. Failures are the real ones. */
function dispatching(fakesOf: ReadonlyMap<string, Fakes>): Activities {
  const names = Object.keys(new Fakes().activities) as (keyof Activities)[];
  const dispatch = (name: keyof Activities) => async (argument: never) => {
    const workflowId = Context.current().info.workflowExecution?.workflowId ?? '';
    const fakes = fakesOf.get(workflowId);
    if (fakes === undefined) throw new Error(`no fakes for ${workflowId}`);
    fakes.calls.push({ name, argument });
    return fakes.activities[name](argument);
  };
  const wired = names.map((name) => [name, dispatch(name)] as const);
  return classifyFailures(Object.fromEntries(wired) as unknown as Activities);
}

export function statusOf(handle: WorkflowHandle): Promise<WorkflowStatus> {
  return handle.query<WorkflowStatus>(statusQueryName);
}

/** The Markdown that a person sees on the run's page. */
export async function cardOf(handle: WorkflowHandle): Promise<string> {
  return (await handle.query<{ readonly currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
}

/** Waits until the run's status fulfils a condition, without any time being skipped. */
export function until(handle: WorkflowHandle, holds: (status: WorkflowStatus) => boolean): Promise<WorkflowStatus> {
  return vi.waitFor(
    async () => {
      const status = await statusOf(handle);
      if (!holds(status)) throw new Error(`still ${JSON.stringify(status)}`);
      return status;
    },
    { timeout: 20_000, interval: 25 },
  );
}

/** The run waits for a person. */
export function untilAsked(handle: WorkflowHandle): Promise<WorkflowStatus> {
  return until(handle, (status) => status.phase === 'gates passed' && status.deadlineAt !== null);
}

/** Why the first failing step ended the run; a run that ends well fails the test. */
export async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  const cause = error instanceof WorkflowFailedError ? error.cause?.cause : undefined;
  if (cause instanceof ApplicationFailure) return cause;
  throw new Error(`expected a failed run, found ${String(error)}`);
}

export async function historyOf(handle: WorkflowHandle) {
  const { events } = await handle.fetchHistory();
  return events ?? [];
}

/**
 * Messages of workflow tasks that failed; a run with one may be held up for ever. Not those that the server handed out
 * anew because something had come in meanwhile.
 */
export async function failedTasks(handle: WorkflowHandle): Promise<readonly string[]> {
  const failures = (await historyOf(handle)).flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
  return failures.map(({ failure }) => failure?.message ?? '').filter((message) => message !== 'UnhandledCommand');
}

/** Where recorded histories are kept. */
export const historiesFolder = new URL('../replay/histories/', import.meta.url);

/**
 * Records the history of a finished run for the replay tests, when the environment asks for it
 * (see test/replay/replay.test.ts). What names the recording machine is left out: stack traces, processes, folders.
 */
export async function recordHistory(handle: WorkflowHandle, name: string): Promise<void> {
  if (process.env['GAUNTLET_RECORD_HISTORIES'] !== '1') return;
  const json: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  // Children are named after the run, and a replay has an id of its own.
  const text = JSON.stringify(json, withoutMachine, 1).replaceAll(handle.workflowId, 'recorded');
  writeFileSync(new URL(`${name}.json`, historiesFolder), `${text}\n`);
}

function withoutMachine(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (key === 'stackTrace') return '';
  if (key === 'identity') return value.includes('@') ? 'a process of the recording' : value;
  if (key !== 'data') return value;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const without = text.replaceAll(new RegExp(`${tmpdir()}/gauntlet-[\\w-]+`, 'g'), '/temporary');
  return without === text ? value : Buffer.from(without).toString('base64');
}

/** A recorded history as it lies in the repository. */
export function readHistory(fileName: string): unknown {
  return JSON.parse(readFileSync(new URL(fileName, historiesFolder), 'utf8'));
}
