import path from 'node:path';
import type { CohortFaults, CountedFile, RowCounter, RowFaults } from '../../activities/ports/row-counter.js';
import { inCohortSql } from '../duckdb/cohort-sql.js';
import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { readParquet, sqlString } from '../duckdb/sql-text.js';

/** Counts rows from the footer of a Parquet file, without reading its columns, and faults by reading them. */
export class ParquetRowCounter implements RowCounter {
  readonly #tempDirectory: string;

  /** `tempDirectory` is the parent of DuckDB's spill folders. */
  constructor(tempDirectory: string) {
    this.#tempDirectory = tempDirectory;
  }

  countRows(localPath: string): Promise<number> {
    return withDuckDb(this.#settings([localPath]), async (connection) => {
      const sql = `SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${sqlString(path.resolve(localPath))})`;
      const { rows } = await queryRow<{ readonly rows: number }>(connection, sql);
      return rows;
    });
  }

  countFaults(files: readonly CountedFile[]): Promise<RowFaults> {
    const rows = files.map(({ localPath, modelDigest, runIdentity }) => {
      const isOther = `model_digest IS DISTINCT FROM ${sqlString(modelDigest)} OR run_identity IS DISTINCT FROM ${sqlString(runIdentity)}`;
      return `SELECT row_key, score, ${isOther} AS is_other FROM ${readParquet([path.resolve(localPath)])}`;
    });
    return withDuckDb(this.#settings(files.map(({ localPath }) => localPath)), (connection) =>
      queryRow<RowFaults>(
        connection,
        `SELECT count(*) - count(DISTINCT row_key) AS "repeatedKeys",
           count(*) FILTER (NOT coalesce(isfinite(score), false)) AS "badScores",
           count(*) FILTER (is_other) AS "otherOrigins"
         FROM (${rows.join(' UNION ALL ')})`,
      ),
    );
  }

  countCohortFaults(publication: Parameters<RowCounter['countCohortFaults']>[0]): Promise<CohortFaults> {
    const { draw, partPaths, championPaths, challengerPaths } = publication;
    const served = [...servedSql(challengerPaths, 'challenger'), ...servedSql(championPaths, 'champion')];
    const paths = [...partPaths, ...championPaths, ...challengerPaths];
    return withDuckDb(this.#settings(paths), (connection) =>
      queryRow<CohortFaults>(
        connection,
        `SELECT count(*) FILTER (side = 'challenger' AND NOT drawn) AS strangers,
           count(*) FILTER (drawn AND side IS DISTINCT FROM 'challenger') AS missed,
           count(*) FILTER (cohort IS DISTINCT FROM side) AS mislabelled
         FROM (SELECT row_key, ${inCohortSql(draw)} AS drawn FROM ${readParquet(partPaths.map((part) => path.resolve(part)))})
              LEFT JOIN (${served.join(' UNION ALL ')}) USING (row_key)`,
      ),
    );
  }

  #settings(paths: readonly string[]) {
    const allowed = paths.map((file) => path.resolve(file));
    return { allowed, tempDirectory: this.#tempDirectory, threads: 1, memoryLimitMb: 256 };
  }
}

function servedSql(paths: readonly string[], side: 'champion' | 'challenger'): readonly string[] {
  if (paths.length === 0) return [];
  const files = readParquet(paths.map((file) => path.resolve(file)));
  return [`SELECT row_key, cohort, ${sqlString(side)} AS side FROM ${files}`];
}
