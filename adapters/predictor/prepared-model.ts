import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ScoringEngine } from '../../domain/shard-facts.js';
import { loadEngine } from './engines.js';
import { encodeColumns } from './encoding.js';
import { linearExpression } from './linear-model.js';
import type { ChildModel } from './protocol.js';
import { registerScoreFunction, type ScoreFunction } from './score-function.js';

/** A model as a SQL expression over the columns of a snapshot. */
export interface PreparedModel {
  readonly engine: ScoringEngine;
  readonly expression: string;
  /** Null where the expression is plain SQL. */
  readonly function: ScoreFunction | null;
}

/** Makes a model ready to be used in SQL as `name`; `onRowsDone` hears how many rows it has scored. */
export async function prepareModel(
  connection: DuckDBConnection,
  args: {
    readonly model: ChildModel;
    readonly name: string;
    /** What the rows are read from: `read_parquet(…)`. */
    readonly source: string;
    /** Whether a score that is no finite number is passed on; else it fails the query. */
    readonly keepsBadScores?: boolean;
    readonly onRowsDone: (rowsDone: number) => void;
  },
): Promise<PreparedModel> {
  const { model, name, source } = args;
  if (model.kind === 'baseline') {
    await checkBaseline(connection, model.expression, source);
    return { engine: 'baseline', expression: `(${model.expression})::FLOAT`, function: null };
  }
  const columns = encodeColumns(model.features, name);
  for (const column of columns) if (column.setUp !== null) await connection.run(column.setUp);
  const engine = await loadEngine(connection, model);
  if (engine.kind === 'linear-sql') {
    const inputs = columns.map((column) => column.expression);
    return { engine: 'linear', expression: linearExpression(engine.model, inputs), function: null };
  }
  let rowsDone = 0;
  const score = registerScoreFunction(connection, {
    name,
    label: model.label,
    model: engine.model,
    featureCount: columns.length,
    keepsBadScores: args.keepsBadScores ?? false,
    onRows: (rows) => {
      rowsDone += rows;
      args.onRowsDone(rowsDone);
    },
  });
  return {
    engine: engine.kind,
    expression: `${name}(${columns.map((column) => column.nullable).join(', ')})`,
    function: score,
  };
}

/** Throws INVALID_SQL for a baseline that is not an expression over the columns of a row. */
async function checkBaseline(connection: DuckDBConnection, expression: string, source: string): Promise<void> {
  // Only a baseline needs the rules of SQL; a child that runs models starts faster without them.
  const { checkExpression } = await import('../duckdb/select-statement.js');
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

/** A failure inside a model arrives as DuckDB's message about it; the failure itself says more. */
export async function withModelFailures<T>(models: readonly PreparedModel[], query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw models.find((model) => model.function?.failure !== undefined)?.function?.failure ?? error;
  }
}
