import type { ActivityOptions } from '@temporalio/workflow';
import { taskQueues } from './api.js';

const transientRetry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/** Reads, ledger records and commits: small files, so a minute means that something is stuck. */
export const controlOptions: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  retry: { ...transientRetry, maximumAttempts: 8 },
};

/** DuckDB and ONNX work over one window or fold. Heartbeats come with progress, so a dead worker is noticed in 20 s. */
export const computeOptions: ActivityOptions = {
  taskQueue: taskQueues.compute,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '20 seconds',
  retry: { ...transientRetry, maximumAttempts: 5 },
};

/**
 * The audit reads a small record for each part and every published file once more, so it may take as long as the window
 * is large; its heartbeat still shows a dead worker in 20 s.
 */
export const auditOptions: ActivityOptions = {
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '20 seconds',
  retry: { ...transientRetry, maximumAttempts: 8 },
};

/** One training program. The pipeline's own timeout is enforced on the process; this one only bounds a lost worker. */
export const trainOptions: ActivityOptions = {
  taskQueue: taskQueues.train,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '20 seconds',
  retry: { ...transientRetry, maximumAttempts: 3 },
};

/**
 * Calls to the registry. Two quick tries only: when it stays away, the workflow says so on its card and waits on a
 * durable timer instead of hiding the outage in retries.
 */
export const registryOptions: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  retry: { ...transientRetry, maximumAttempts: 2 },
};

/** Reading and setting one alias: a worker that died in between is noticed soon, so that the alias does not lag. */
export const aliasOptions: ActivityOptions = { ...registryOptions, startToCloseTimeout: '30 seconds' };

/** A courtesy to people outside: three quick tries, then the run goes on without it. */
export const webhookOptions: ActivityOptions = {
  startToCloseTimeout: '15 seconds',
  retry: { ...transientRetry, maximumAttempts: 3 },
};
