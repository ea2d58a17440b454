import type { DuckDBConnection } from '@duckdb/node-api';
import type { Evaluator } from '../../activities/ports/evaluation.js';
import { queryRow } from './connection.js';
import { readParquet, sqlName, sqlString } from './sql-text.js';

/** Turns one pass of scores into the file that a comparison reads. The same input gives the same bytes. */
export async function writeFoldFile(
  connection: DuckDBConnection,
  args: Parameters<Evaluator['writeFold']>[0],
): Promise<number> {
  // A slice column may be the entity itself.
  const texts = [...new Set(['entity', ...args.sliceColumns])].map(
    (column) => `, ${sqlName(column)}::VARCHAR AS ${sqlName(column)}`,
  );
  const weight = args.isWeighted === true ? ', weight::DOUBLE AS weight' : '';
  const { Count } = await queryRow<{ readonly Count: number }>(
    connection,
    `COPY (
       SELECT row_key, event_time::DATE AS block, label::DOUBLE AS label,
              champion, score_${String(args.challengerIndex)} AS challenger
              ${texts.join('')}${weight}
       FROM ${scoredRows(args)} WHERE label IS NOT NULL ORDER BY row_key
     ) TO ${sqlString(args.outputPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  return Count;
}

/** The challenger's rows with the champion's scores beside them. */
function scoredRows({ scoredPath, championPath, championIndex }: Parameters<Evaluator['writeFold']>[0]): string {
  const champion = `score_${String(championIndex)} AS champion`;
  if (championPath === undefined) return `(SELECT *, ${champion} FROM ${readParquet([scoredPath])})`;
  return `${readParquet([scoredPath])} JOIN (SELECT row_key, ${champion} FROM ${readParquet([championPath])}) USING (row_key)`;
}
