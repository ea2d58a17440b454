import type { DuckDBConnection } from '@duckdb/node-api';
import type { Evaluator } from '../../activities/ports/evaluation.js';
import { queryRows } from './connection.js';
import { readParquet, sqlName, sqlString } from './sql-text.js';

type LabelCount = Awaited<ReturnType<Evaluator['countLabels']>>[number];

/** Counts labels by the values of each column, one query for all of them. */
export async function countLabels(
  connection: DuckDBConnection,
  { parts, columns, minRows, limit }: Parameters<Evaluator['countLabels']>[0],
): Promise<readonly LabelCount[]> {
  if (parts.length === 0 || columns.length === 0) return [];
  const counts = columns.map(
    (column) => `SELECT ${sqlString(column)} AS "column", ${sqlName(column)}::VARCHAR AS value,
        count(*)::INTEGER AS rows, count(label)::INTEGER AS "labelledRows"
      FROM ${readParquet(parts)} GROUP BY value`,
  );
  return queryRows<LabelCount>(
    connection,
    `SELECT * FROM (${counts.join(' UNION ALL ')}) WHERE rows >= ${String(minRows)}
     ORDER BY "labelledRows" / rows, rows DESC, "column", value NULLS FIRST LIMIT ${String(limit)}`,
  );
}
