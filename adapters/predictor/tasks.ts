import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure } from '../../domain/failure-types.js';
import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { checkExpression } from '../duckdb/select-statement.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { encodeColumns } from './encoding.js';
import { loadOnnxModel } from './onnx-model.js';
import { parquetOptions } from './parquet-options.js';
import type { ChildModel, ChildOnnxModel, CheckedRows, PredictorTask, ScoredRows } from './protocol.js';
import { registerScoreFunction, type ScoreFunction } from './score-function.js';

/** What a task may use, and whom it tells how many rows are done. */
export interface TaskSettings {
  readonly tempDirectory: string;
  readonly memoryLimitMb: number;
  readonly signal: AbortSignal;
  readonly onRowsDone: (rowsDone: number) => void;
}

/** Does one task in this process, in a confined DuckDB on one thread. */
export async function runTask(task: PredictorTask, settings: TaskSettings): Promise<ScoredRows | CheckedRows> {
  return withDuckDb({ ...settings, allowed: listAllowed(task), threads: 1 }, async (connection) => {
    switch (task.kind) {
      case 'score':
        return scoreParts(connection, task, settings);
      case 'score-encoded':
        return scoreEncoded(connection, task, settings);
      case 'check':
        return checkGolden(connection, task);
    }
  });
}

function listAllowed(task: PredictorTask): readonly string[] {
  switch (task.kind) {
    case 'score':
      return [...task.parts, task.outputPath];
    case 'score-encoded':
      return [task.encodedPath, task.outputPath];
    case 'check':
      return [task.goldenPath];
  }
}

/** All models in one pass: Parquet in, blocks of typed arrays through the models, Parquet out, in the order of the parts. */
async function scoreParts(
  connection: DuckDBConnection,
  task: Extract<PredictorTask, { kind: 'score' }>,
  settings: TaskSettings,
): Promise<ScoredRows> {
  const source = readParquet(task.parts);
  const functions: ScoreFunction[] = [];
  const scores: string[] = [];
  for (const [index, model] of task.models.entries()) {
    if (model.kind === 'baseline') await checkBaseline(connection, model.expression, source);
    const score = await prepareModel(connection, model, `score_${String(index)}`, settings.onRowsDone);
    if (score.function !== null) functions.push(score.function);
    scores.push(`${score.expression} AS score_${String(index)}`);
  }
  const kept = ['row_key', 'entity', 'event_time', ...task.carry, ...(task.withLabel ? ['label'] : [])];
  const columns = [...[...new Set(kept)].map(sqlName), ...scores];
  return copyRows(connection, `SELECT ${columns.join(', ')} FROM ${source}`, task.outputPath, functions);
}

/** Throws INVALID_SQL for a baseline that is not an expression over the columns of a row. */
async function checkBaseline(connection: DuckDBConnection, expression: string, source: string): Promise<void> {
  await checkExpression(connection, 'baseline', expression);
  try {
    (await connection.prepare(`SELECT row_key, (${expression})::FLOAT FROM ${source}`)).destroySync();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentFailure('INVALID_SQL', 'The baseline cannot be evaluated.', {
      problems: [{ field: 'baseline', found, expected: 'a SQL expression over the feature columns' }],
    });
  }
}

async function prepareModel(
  connection: DuckDBConnection,
  model: ChildModel,
  name: string,
  onRowsDone: (rowsDone: number) => void,
): Promise<{ readonly expression: string; readonly function: ScoreFunction | null }> {
  if (model.kind === 'baseline') return { expression: `(${model.expression})::FLOAT`, function: null };
  const columns = encodeColumns(model.features, name);
  for (const column of columns) if (column.setUp !== null) await connection.run(column.setUp);
  let rowsDone = 0;
  const scoreFunction = registerScoreFunction(connection, {
    name,
    label: model.label,
    model: loadOnnxModel(model.label, model.modelPath, columns.length),
    featureCount: columns.length,
    onRows: (rows) => {
      rowsDone += rows;
      onRowsDone(rowsDone);
    },
  });
  const inputs = columns.map((column) => column.expression).join(', ');
  return { expression: `${name}(${inputs})`, function: scoreFunction };
}

async function copyRows(
  connection: DuckDBConnection,
  select: string,
  outputPath: string,
  functions: readonly ScoreFunction[],
): Promise<ScoredRows> {
  const copy = `COPY (${select}) TO ${sqlString(path.resolve(outputPath))} ${parquetOptions}`;
  const { Count: rows } = await withModelFailures(functions, () => queryRow<{ Count: number }>(connection, copy));
  return { rows };
}

/** A failure inside a model arrives as DuckDB's message about it; the failure itself says more. */
async function withModelFailures<T>(functions: readonly ScoreFunction[], query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw functions.find((score) => score.failure !== undefined)?.failure ?? error;
  }
}

/** `label` (where the encoded rows have one) and `score`, in file order. */
async function scoreEncoded(
  connection: DuckDBConnection,
  task: Extract<PredictorTask, { kind: 'score-encoded' }>,
  settings: TaskSettings,
): Promise<ScoredRows> {
  const source = readParquet([task.encodedPath]);
  const score = await prepareOnly(connection, task.model, settings.onRowsDone);
  const { labelled } = await queryRow<{ labelled: boolean }>(
    connection,
    `SELECT count(*) > 0 AS labelled FROM parquet_schema(${sqlString(task.encodedPath)}) WHERE name = 'label'`,
  );
  const select = `SELECT ${labelled ? 'label, ' : ''}${score.expression} AS score FROM ${source}`;
  return copyRows(connection, select, task.outputPath, [score.function]);
}

async function prepareOnly(
  connection: DuckDBConnection,
  model: ChildOnnxModel,
  onRowsDone: (rowsDone: number) => void,
): Promise<{ readonly expression: string; readonly function: ScoreFunction }> {
  const prepared = await prepareModel(connection, model, 'score_0', onRowsDone);
  return { expression: prepared.expression, function: prepared.function ?? { failure: undefined } };
}

/** Scores the golden rows and measures how far the scores are from those stored with them. */
async function checkGolden(
  connection: DuckDBConnection,
  task: Extract<PredictorTask, { kind: 'check' }>,
): Promise<CheckedRows> {
  const score = await prepareOnly(connection, task.model, () => undefined);
  const source = readParquet([task.goldenPath]);
  const checked = await withModelFailures([score.function], () =>
    queryRow<{ rows: number; unscored: number; difference: number | null }>(
      connection,
      `SELECT count(*) AS rows, count(*) FILTER (NOT coalesce(isfinite(expected_score), false)) AS unscored,
              max(abs(${score.expression}::DOUBLE - expected_score::DOUBLE)) AS difference FROM ${source}`,
    ),
  );
  if (checked.difference === null || checked.unscored > 0) {
    throw new PermanentFailure('MODEL_CORRUPT', 'The golden rows prove nothing.', {
      problems: [
        {
          field: 'golden.parquet expected_score',
          found: `${String(checked.rows)} rows, ${String(checked.unscored)} of them without a finite score`,
          expected: 'at least one row, each with a finite score',
        },
      ],
    });
  }
  return { rows: checked.rows, maxDifference: checked.difference };
}
