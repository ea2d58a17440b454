import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { parquetOptions } from './parquet-options.js';
import { prepareModel, withModelFailures, type PreparedModel } from './prepared-model.js';
import type { EncodedTask, ScoredRows, ScoreTask } from './protocol.js';
import type { TaskSettings } from './tasks.js';

/** All models in one pass: Parquet in, blocks of typed arrays through the models, Parquet out, in the order of the parts. */
export async function scoreParts(
  connection: DuckDBConnection,
  task: ScoreTask,
  { onRowsDone }: TaskSettings,
): Promise<ScoredRows> {
  const source = readParquet(task.parts);
  const models: PreparedModel[] = [];
  for (const [index, model] of task.models.entries()) {
    models.push(await prepareModel(connection, { model, name: `score_${String(index)}`, source, onRowsDone }));
  }
  const kept = ['row_key', ...task.carry, ...(task.withLabel ? ['label'] : [])];
  const scores = models.map(({ expression }, index) => `${expression} AS score_${String(index)}`);
  const columns = [...[...new Set(kept)].map(sqlName), ...scores];
  return copyRows(connection, `SELECT ${columns.join(', ')} FROM ${source}`, task.outputPath, models);
}

/** `label` (where the encoded rows have one) and `score`, in file order. */
export async function scoreEncoded(
  connection: DuckDBConnection,
  task: EncodedTask,
  { onRowsDone }: TaskSettings,
): Promise<ScoredRows> {
  const source = readParquet([task.encodedPath]);
  const { keepsBadScores } = task;
  const prepared = { model: task.model, name: 'score_0', source, keepsBadScores, onRowsDone };
  const model = await prepareModel(connection, prepared);
  const { labelled } = await queryRow<{ labelled: boolean }>(
    connection,
    `SELECT count(*) > 0 AS labelled FROM parquet_schema(${sqlString(task.encodedPath)}) WHERE name = 'label'`,
  );
  const select = `SELECT ${labelled ? 'label, ' : ''}${model.expression} AS score FROM ${source}`;
  return copyRows(connection, select, task.outputPath, [model]);
}

async function copyRows(
  connection: DuckDBConnection,
  select: string,
  outputPath: string,
  models: readonly PreparedModel[],
): Promise<ScoredRows> {
  const copy = `COPY (${select}) TO ${sqlString(path.resolve(outputPath))} ${parquetOptions}`;
  const { Count: rows } = await withModelFailures(models, () => queryRow<{ Count: number }>(connection, copy));
  return { rows };
}
