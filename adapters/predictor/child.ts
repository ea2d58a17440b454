import process from 'node:process';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PredictorTask, ToChild, ToParent } from './protocol.js';
import { runTask } from './tasks.js';

/**
 * The predictor: a process of its own, so that a model that is stuck or hungry can be killed while the worker goes on.
 * It answers one task after another over its IPC channel and stays warm between them; it ends when its parent, whose id
 * is its argument, does: when the channel closes, or at the word of a thread where a model may keep it from noticing.
 */
const PROGRESS_EVERY_MS = 200;
let interruption = new AbortController();

process.on('disconnect', () => {
  process.exit(0);
});
process.on('message', (message: ToChild) => {
  if (message.type === 'interrupt') interruption.abort(new Error('interrupted by the parent'));
  else void answer(message);
});

async function answer(start: Extract<ToChild, { type: 'start' }>): Promise<void> {
  interruption = new AbortController();
  const reply = await runTask(start.task, {
    tempDirectory: start.tempDirectory,
    memoryLimitMb: start.memoryLimitMb,
    signal: interruption.signal,
    onRowsDone: createProgressReport('rows' in start.task ? start.task.rows : 0),
  }).then(
    (result): ToParent => ({ type: 'done', result }),
    (error: unknown) => describeFailure(error, start.task),
  );
  send(reply);
}

/** Tells the parent how many rows are done, at most every 200 ms. */
function createProgressReport(rows: number): (rowsDone: number) => void {
  let toldAtMs = performance.now();
  return (rowsDone) => {
    if (performance.now() - toldAtMs < PROGRESS_EVERY_MS) return;
    toldAtMs = performance.now();
    send({ type: 'progress', rowsDone, rows });
  };
}

function describeFailure(error: unknown, task: PredictorTask): ToParent {
  if (error instanceof PermanentFailure) {
    const headline = error.message.split('\n', 1)[0] ?? error.message;
    return { type: 'failed', failureType: error.type, headline, problems: error.problems };
  }
  const message = error instanceof Error ? error.message : String(error);
  return describeEngineError(message, isBaselineAlone(task)) ?? { type: 'error', message };
}

/** A baseline is an expression over the columns as they are: nothing is encoded for it, so what cannot be computed is its own. */
function isBaselineAlone(task: PredictorTask): boolean {
  if (task.kind === 'score-shard') return task.models.every(({ model }) => model.kind === 'baseline');
  return task.kind === 'score' && task.models.every((model) => model.kind === 'baseline');
}

/** DuckDB's errors that no retry can cure, told by how its messages begin. */
function describeEngineError(message: string, isOfBaseline: boolean): ToParent | null {
  if (message.startsWith('Out of Memory Error')) {
    return {
      type: 'failed',
      failureType: 'MODEL_OUT_OF_MEMORY',
      headline: 'Scoring needed more memory than its limit.',
      problems: [{ field: 'predictor memory', found: message, expected: 'rows and models that fit' }],
    };
  }
  if (!/^(Conversion|Out of Range) Error/.test(message)) return null;
  if (isOfBaseline) {
    return {
      type: 'failed',
      failureType: 'MODEL_BAD_OUTPUT',
      headline: 'The baseline cannot score a row.',
      problems: [{ field: 'baseline', found: message, expected: 'an expression that gives a number for every row' }],
    };
  }
  return {
    type: 'failed',
    failureType: 'BAD_DATA',
    headline: 'A value cannot be encoded for the model.',
    problems: [{ field: 'feature columns', found: message, expected: 'numbers within the range of float32' }],
  };
}

function send(message: ToParent): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
