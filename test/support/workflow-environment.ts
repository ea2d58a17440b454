import { readFileSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { vi } from 'vitest';
import { classifyFailures } from '../../activities/failures.js';
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
  const [path, codePath] = await Promise.all([testTimeSkippingServer(), testWorkflowBundle()]);
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
    client: { identity: 'test client' },
  });
  const fakesOf = new Map<string, Fakes>();
  const workers = await Promise.all(
    Object.values(taskQueues).map((taskQueue) =>
      Worker.create({
        connection: env.nativeConnection,
        taskQueue,
        identity: 'test worker',
        activities: dispatching(fakesOf),
        maxHeartbeatThrottleInterval: '100 milliseconds',
        ...(taskQueue === taskQueues.control ? { workflowBundle: { codePath } } : {}),
      }),
    ),
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
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
      for (const worker of workers) worker.shutdown();
      await running;
      await env.teardown();
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

/** Where recorded histories are kept. */
export const historiesFolder = new URL('../replay/histories/', import.meta.url);

/**
 * Records the history of a finished run for the replay tests, when the environment asks for it
 * (see test/replay/replay.test.ts). Stack traces name places on the recording machine and are left out.
 */
export async function recordHistory(handle: WorkflowHandle, name: string): Promise<void> {
  if (process.env['GAUNTLET_RECORD_HISTORIES'] !== '1') return;
  const json: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  const whole = JSON.stringify(json, (key, value: unknown) => (key === 'stackTrace' ? '' : value), 1);
  // Children are named after the run, and a replay has an id of its own.
  const text = whole.replaceAll(handle.workflowId, 'recorded');
  writeFileSync(new URL(`${name}.json`, historiesFolder), `${text}\n`);
}

/** A recorded history as it lies in the repository. */
export function readHistory(fileName: string): unknown {
  return JSON.parse(readFileSync(new URL(fileName, historiesFolder), 'utf8'));
}
