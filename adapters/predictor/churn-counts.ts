import type { DuckDBConnection } from '@duckdb/node-api';
import type { ChurnCount } from '../../domain/shard-facts.js';
import { queryRow, queryRows } from '../duckdb/connection.js';
import { readParquet, sqlName, sqlString } from '../duckdb/sql-text.js';
import type { ShardTask } from './protocol.js';
import type { Stratum } from './strata.js';

/** Values of one column that are counted on their own: a column with more names rows rather than groups of them. */
const MAX_SLICE_VALUES = 1_000;

interface Opponent {
  readonly against: string;
  /** Rows with `served decision`, `other decision` and the slice columns. */
  readonly rows: string;
}

/** Compares the served decisions with those of every other model on these rows and with what is published now. */
export async function queryChurn(
  connection: DuckDBConnection,
  task: ShardTask,
  stratum: Stratum,
): Promise<readonly ChurnCount[]> {
  const counts: ChurnCount[] = [];
  for (const opponent of [...scoredAlong(task, stratum), ...(await publishedNow(connection, task, stratum))]) {
    counts.push(await countAll(connection, opponent));
    for (const column of task.sliceColumns) counts.push(...(await countSlices(connection, opponent, column)));
  }
  return counts;
}

/** Files of one stratum have the same rows in the same order. */
function scoredAlong(task: ShardTask, { rows, models }: Stratum): readonly Opponent[] {
  const [served, ...others] = models;
  if (served === undefined) return [];
  return others.map(({ against, outputPath }) => ({
    against,
    rows: `(SELECT ${['s.decision AS "served decision"', 'o.decision AS "other decision"', ...sliceNames(task)].join(', ')}
            FROM ${rows} p POSITIONAL JOIN ${readParquet([served.outputPath])} s
                 POSITIONAL JOIN ${readParquet([outputPath])} o)`,
  }));
}

/** Only the rows that both publications have; the part's range of keys keeps the rest of the files unread. */
async function publishedNow(
  connection: DuckDBConnection,
  task: ShardTask,
  { rows, models }: Stratum,
): Promise<readonly Opponent[]> {
  const [served] = models;
  if (served === undefined || task.livePaths.length === 0) return [];
  const { first, last } = await queryRow<{ first: string | null; last: string | null }>(
    connection,
    `SELECT min(row_key) AS first, max(row_key) AS last FROM ${rows}`,
  );
  if (first === null || last === null) return [];
  const range = { first: sqlString(first), last: sqlString(last) };
  return [
    {
      against: 'live',
      rows: `(SELECT ${['s.decision AS "served decision"', 'o.decision AS "other decision"', ...sliceNames(task)].join(', ')}
              FROM ${rows} p POSITIONAL JOIN ${readParquet([served.outputPath])} s
                   JOIN (SELECT row_key, decision FROM ${readParquet(task.livePaths)}
                         WHERE row_key >= ${range.first} AND row_key <= ${range.last}) o ON o.row_key = s.row_key)`,
    },
  ];
}

function sliceNames(task: ShardTask): readonly string[] {
  return task.sliceColumns.map((name) => `p.${sqlName(name)}`);
}

async function countAll(connection: DuckDBConnection, { against, rows }: Opponent): Promise<ChurnCount> {
  const counts = await queryRow<{ rows: number; flips: number }>(connection, `SELECT ${counted} FROM ${rows}`);
  return { against, slice: null, ...counts };
}

async function countSlices(
  connection: DuckDBConnection,
  { against, rows }: Opponent,
  column: string,
): Promise<readonly ChurnCount[]> {
  const found = await queryRows<{ value: string; rows: number; flips: number }>(
    connection,
    `SELECT coalesce(${sqlName(column)}::VARCHAR, '(none)') AS value, ${counted} FROM ${rows}
     GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${String(MAX_SLICE_VALUES)}`,
  );
  return found.map(({ value, ...counts }) => ({ against, slice: { column, value }, ...counts }));
}

const counted = 'count(*) AS rows, count(*) FILTER ("served decision" <> "other decision") AS flips';
