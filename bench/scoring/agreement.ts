import { stat } from 'node:fs/promises';
import path from 'node:path';
import { queryRow, withDuckDb } from '../../adapters/duckdb/connection.js';
import { sqlString } from '../../adapters/duckdb/sql-text.js';

/** What comparing two outputs by key found. */
export interface ScoreDifferences {
  readonly ourRows: number;
  readonly theirRows: number;
  /** Keys that both have, once each, with finite scores. */
  readonly comparedRows: number;
  /** Null where nothing could be compared. */
  readonly largest: number | null;
}

/** Largest difference that float32 sums in another order explain. */
export const scoreTolerance = 1e-6;

/** Every row on both sides, and no score further apart than the tolerance. A comparison of nothing is no agreement. */
export function doScoresAgree({ ourRows, theirRows, comparedRows, largest }: ScoreDifferences, rows: number): boolean {
  const isComplete = ourRows === rows && theirRows === rows && comparedRows === rows;
  return isComplete && largest !== null && largest <= scoreTolerance;
}

/** Compares two outputs, each a Parquet file or a folder of them, over all rows. */
export async function compareScores(ours: string, theirs: string, tempDirectory: string): Promise<ScoreDifferences> {
  const settings = { allowed: [ours, theirs], tempDirectory, threads: 2, memoryLimitMb: 4_096 };
  const [a, b] = [await parquetOf(ours), await parquetOf(theirs)];
  return withDuckDb(settings, (connection) =>
    queryRow<{ ourRows: number; theirRows: number; comparedRows: number; largest: number | null }>(
      connection,
      `SELECT (SELECT count(*) FROM ${a}) AS "ourRows", (SELECT count(*) FROM ${b}) AS "theirRows",
              count(DISTINCT row_key) FILTER (isfinite(o.score) AND isfinite(t.score)) AS "comparedRows",
              max(abs(o.score::DOUBLE - t.score::DOUBLE)) AS largest
       FROM ${a} o JOIN ${b} t USING (row_key)`,
    ),
  );
}

async function parquetOf(output: string): Promise<string> {
  const isFolder = (await stat(output)).isDirectory();
  const files = sqlString(isFolder ? path.join(output, '*.parquet') : output);
  // Scores of several models would be told apart by their number; here it is one.
  return `(SELECT row_key, COLUMNS('^score(_0)?$') AS score FROM read_parquet(${files}))`;
}
