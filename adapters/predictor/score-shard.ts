import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ShardFacts } from '../../domain/shard-facts.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { parquetOptions } from './parquet-options.js';
import { prepareModel, withModelFailures, type PreparedModel } from './prepared-model.js';
import type { ChildServingModel, ShardTask } from './protocol.js';
import { badScore } from './score-function.js';
import { queryShardFacts } from './shard-facts.js';
import type { TaskSettings } from './tasks.js';

/**
 * Scores one part with all models in one pass over it, writes what is published, and counts the facts of the audit from
 * the files as they were written.
 */
export async function scoreShard(
  connection: DuckDBConnection,
  task: ShardTask,
  settings: TaskSettings,
): Promise<ShardFacts> {
  const prepared = await prepareAll(connection, task, settings);
  await withModelFailures(prepared, () => writePublished(connection, task, prepared, settings.tempDirectory));
  const facts = await queryShardFacts(
    connection,
    task,
    prepared.map(({ engine }) => engine),
  );
  failIfUnusable(task, facts);
  return facts;
}

async function prepareAll(
  connection: DuckDBConnection,
  task: ShardTask,
  { onRowsDone }: TaskSettings,
): Promise<readonly PreparedModel[]> {
  const source = readParquet([task.partPath]);
  const prepared: PreparedModel[] = [];
  for (const [index, { model }] of task.models.entries()) {
    prepared.push(await prepareModel(connection, { model, name: `score_${String(index)}`, source, onRowsDone }));
  }
  return prepared;
}

/** One model goes straight into its file; several leave their scores side by side first, since the part is read once. */
async function writePublished(
  connection: DuckDBConnection,
  task: ShardTask,
  prepared: readonly PreparedModel[],
  tempDirectory: string,
): Promise<void> {
  const part = readParquet([task.partPath]);
  const [first, ...others] = prepared;
  if (first === undefined) return;
  if (others.length === 0) {
    await copyPublished(connection, task, 0, `SELECT row_key, ${first.expression} AS score FROM ${part}`);
    return;
  }
  const scoredPath = path.join(tempDirectory, 'scores.parquet');
  const scores = prepared.map(({ expression }, index) => `${expression} AS score_${String(index)}`);
  const sideBySide = `SELECT row_key, ${scores.join(', ')} FROM ${part}`;
  await connection.run(`COPY (${sideBySide}) TO ${sqlString(scoredPath)} ${parquetOptions}`);
  for (const index of prepared.keys()) {
    const select = `SELECT row_key, score_${String(index)} AS score FROM ${readParquet([scoredPath])}`;
    await copyPublished(connection, task, index, select);
  }
}

/**
 * `row_key` VARCHAR, `score` FLOAT, `decision` BOOLEAN, `model_digest`, `cohort`, `run_identity` VARCHAR, in the order of
 * the part, which is key order. The float32 score is widened to a double before it is compared, so a decision can be
 * checked from the published score alone.
 */
async function copyPublished(
  connection: DuckDBConnection,
  task: ShardTask,
  index: number,
  scores: string,
): Promise<void> {
  const serving = task.models[index] as ChildServingModel;
  if (!Number.isFinite(serving.decisionThreshold)) throw new RangeError('the decision threshold is not finite');
  const { modelDigest, cohort } = serving;
  const facts = { model_digest: modelDigest, cohort, run_identity: task.runIdentity };
  const constants: string[] = [];
  for (const [column, value] of Object.entries(facts)) {
    // An ENUM of one value is written as a ready dictionary, a third faster than the same text hashed row by row.
    const type = sqlName(`published_${column}_${String(index)}`);
    await connection.run(`CREATE TYPE ${type} AS ENUM (${sqlString(value)})`);
    constants.push(`${sqlString(value)}::${type} AS ${column}`);
  }
  const rows = `
    SELECT row_key, score, score::DOUBLE >= '${String(serving.decisionThreshold)}'::DOUBLE AS decision,
           ${constants.join(', ')}
    FROM (${scores})`;
  await connection.run(`COPY (${rows}) TO ${sqlString(serving.outputPath)} ${parquetOptions}`);
}

/** SQL arithmetic does not stop at a NaN as a model function does. */
function failIfUnusable(task: ShardTask, facts: ShardFacts): void {
  for (const [index, { engine, nonFinite }] of facts.models.entries()) {
    const serving = task.models[index];
    if (engine !== 'linear' || nonFinite === 0 || serving?.model.kind !== 'onnx') continue;
    throw badScore(serving.model.label, `${String(nonFinite)} scores that are NaN or infinite`);
  }
}
