import type { DuckDBConnection } from '@duckdb/node-api';
import type { Evaluator } from '../../activities/ports/evaluation.js';
import { sha256Hex } from '../../contracts/digest.js';
import { queryRow } from './connection.js';
import { readParquet, sqlName } from './sql-text.js';

/**
 * Counts and names the labelled rows that got a score: key, event time and label of each, as sums of the halves of their
 * md5, which are the same in any order and with any number of threads.
 */
export async function identifyScoredRows(
  connection: DuckDBConnection,
  { scoredPath, scoreIndex }: Parameters<Evaluator['identifyRows']>[0],
): Promise<Awaited<ReturnType<Evaluator['identifyRows']>>> {
  const row = `concat_ws('|', event_time, label::DOUBLE, row_key)`;
  const score = sqlName(`score_${String(scoreIndex)}`);
  const { rows, lower, upper } = await queryRow<{ rows: number; lower: string; upper: string }>(
    connection,
    `SELECT count(*) AS rows, coalesce(sum(md5_number_lower(${row})), 0)::VARCHAR AS lower,
       coalesce(sum(md5_number_upper(${row})), 0)::VARCHAR AS upper
     FROM ${readParquet([scoredPath])} WHERE label IS NOT NULL AND ${score} IS NOT NULL`,
  );
  return { rows, digest: sha256Hex(`${String(rows)} ${lower} ${upper}`) };
}
