import { withDuckDb } from '../duckdb/connection.js';
import { checkGolden } from './check-golden.js';
import { makeGolden } from './make-golden.js';
import type { PredictorTask, TaskResult } from './protocol.js';
import { scoreEncoded, scoreParts } from './score-rows.js';
import { outputsOf, scoreShard } from './score-shard.js';

/** What a task may use, and whom it tells how many rows are done. */
export interface TaskSettings {
  readonly tempDirectory: string;
  readonly memoryLimitMb: number;
  readonly signal: AbortSignal;
  readonly onRowsDone: (rowsDone: number) => void;
}

/**
 * Does one task in this process, in a confined DuckDB on one thread: files are then the same bytes every time, and two
 * processes use two cores.
 */
export function runTask(task: PredictorTask, settings: TaskSettings): Promise<TaskResult> {
  const limits = { ...settings, allowed: listAllowed(task, settings.tempDirectory), threads: 1 };
  return withDuckDb(limits, (connection): Promise<TaskResult> => {
    switch (task.kind) {
      case 'score':
        return scoreParts(connection, task, settings);
      case 'score-shard':
        return scoreShard(connection, task, settings);
      case 'score-encoded':
        return scoreEncoded(connection, task, settings);
      case 'check':
        return checkGolden(connection, task);
      case 'make-golden':
        return makeGolden(connection, task);
    }
  });
}

function listAllowed(task: PredictorTask, tempDirectory: string): readonly string[] {
  switch (task.kind) {
    case 'score':
      return [...task.parts, task.outputPath, ...proofsOf(task.models)];
    case 'score-shard': {
      const outputs = outputsOf(task);
      return [
        task.partPath,
        ...outputs,
        ...task.livePaths,
        tempDirectory,
        ...proofsOf(task.models.map((m) => m.model)),
      ];
    }
    case 'score-encoded':
      return [task.encodedPath, task.outputPath, ...proofsOf([task.model])];
    case 'check':
      return [task.goldenPath];
    case 'make-golden':
      return [...task.encodedPaths, task.goldenPath];
  }
}

/** The golden rows that an engine is proved on. */
function proofsOf(models: Extract<PredictorTask, { kind: 'score' }>['models']): readonly string[] {
  return models.flatMap((model) => (model.kind === 'onnx' && model.proof !== null ? [model.proof.goldenPath] : []));
}
