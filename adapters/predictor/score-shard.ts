import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ShardFacts } from '../../domain/shard-facts.js';
import { inCohortSql } from '../duckdb/cohort-sql.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import { parquetOptions } from './parquet-options.js';
import { prepareModel, withModelFailures, type PreparedModel } from './prepared-model.js';
import type { ChildServingModel, ShardTask } from './protocol.js';
import { badScore } from './score-function.js';
import { queryShardFacts } from './shard-facts.js';
import { splitModels } from './strata.js';
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
  const outputs = listOutputs(task);
  const [first, ...others] = prepared;
  if (first === undefined) return;
  if (others.length === 0) {
    const scores = `SELECT row_key, ${first.expression} AS score FROM ${part}`;
    for (const output of outputs) await copyPublished(connection, output, scores);
    return;
  }
  const scoredPath = path.join(tempDirectory, 'scores.parquet');
  const scores = prepared.map(({ expression }, index) => `${expression} AS score_${String(index)}`);
  const cohort = task.split === undefined ? [] : [`${inCohortSql(task.split)} AS in_cohort`];
  const sideBySide = `SELECT ${['row_key', ...cohort, ...scores].join(', ')} FROM ${part}`;
  await connection.run(`COPY (${sideBySide}) TO ${sqlString(scoredPath)} ${parquetOptions}`);
  for (const output of outputs) {
    const score = `score_${String(output.modelIndex)} AS score`;
    await copyPublished(
      connection,
      output,
      `SELECT row_key, ${score} FROM ${readParquet([scoredPath])} ${output.rows}`,
    );
  }
}

/** One file that is to be written: which model's scores, of which rows. */
interface Output {
  readonly modelIndex: number;
  readonly serving: ChildServingModel;
  readonly cohort: string;
  readonly path: string;
  /** Empty, or a WHERE clause. */
  readonly rows: string;
  readonly runIdentity: string;
}

/** In a split each of the two models has a file of the rows it serves and one of the other's. */
function listOutputs(task: ShardTask): readonly Output[] {
  const { runIdentity } = task;
  if (task.split === undefined) {
    return task.models.map((serving, modelIndex) => {
      return { modelIndex, serving, cohort: serving.cohort, path: serving.outputPath, rows: '', runIdentity };
    });
  }
  return splitModels(task).flatMap((serving, modelIndex) => {
    const [own, others] =
      modelIndex === 0 ? ['WHERE NOT in_cohort', 'WHERE in_cohort'] : ['WHERE in_cohort', 'WHERE NOT in_cohort'];
    const common = { modelIndex, serving, runIdentity };
    return [
      { ...common, cohort: serving.cohort, path: serving.outputPath, rows: own },
      { ...common, cohort: 'shadow', path: serving.shadowPath, rows: others },
    ];
  });
}

/** Every file that a task writes. */
export function outputsOf(task: ShardTask): readonly string[] {
  return listOutputs(task).map((output) => output.path);
}

/**
 * `row_key` VARCHAR, `score` FLOAT, `decision` BOOLEAN, `model_digest`, `cohort`, `run_identity` VARCHAR, in the order of
 * the part, which is key order. The float32 score is widened to a double before it is compared, so a decision can be
 * checked from the published score alone.
 */
async function copyPublished(connection: DuckDBConnection, output: Output, scores: string): Promise<void> {
  const { decisionThreshold, modelDigest } = output.serving;
  if (!Number.isFinite(decisionThreshold)) throw new RangeError('the decision threshold is not finite');
  const facts = { model_digest: modelDigest, cohort: output.cohort, run_identity: output.runIdentity };
  const constants: string[] = [];
  for (const [column, value] of Object.entries(facts)) {
    // An ENUM of one value is written as a ready dictionary, a third faster than the same text hashed row by row.
    const type = sqlName(`published_${column}_${String(output.modelIndex)}_${output.cohort}`);
    await connection.run(`CREATE TYPE ${type} AS ENUM (${sqlString(value)})`);
    constants.push(`${sqlString(value)}::${type} AS ${column}`);
  }
  const rows = `
    SELECT row_key, score, score::DOUBLE >= '${String(decisionThreshold)}'::DOUBLE AS decision,
           ${constants.join(', ')}
    FROM (${scores})`;
  await connection.run(`COPY (${rows}) TO ${sqlString(output.path)} ${parquetOptions}`);
}

/** SQL arithmetic does not stop at a NaN as a model function does. */
function failIfUnusable(task: ShardTask, facts: ShardFacts): void {
  for (const [index, { engine, nonFinite }] of facts.models.entries()) {
    const serving = task.models[index];
    if (engine !== 'linear' || nonFinite === 0 || serving?.model.kind !== 'onnx') continue;
    throw badScore(serving.model.label, `${String(nonFinite)} scores that are NaN or infinite`);
  }
}
