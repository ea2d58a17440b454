import process from 'node:process';
import { workerData } from 'node:worker_threads';

const CHECK_EVERY_MS = 500;

/**
 * Runs as a thread of the predictor: a model that never returns blocks the main thread, which then cannot notice that
 * its parent is gone. An orphan has nobody to score for and must not keep a processor busy. The parent names itself,
 * since it may be gone before this thread starts.
 */
const parentPid = Number(workerData);
setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, CHECK_EVERY_MS);
