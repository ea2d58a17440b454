import path from 'node:path';
import type { RowCounter, RowFaults } from '../../activities/ports/row-counter.js';
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

  countFaults({ localPaths, modelDigest, runIdentity }: Parameters<RowCounter['countFaults']>[0]): Promise<RowFaults> {
    const paths = localPaths.map((file) => path.resolve(file));
    return withDuckDb(this.#settings(paths), (connection) =>
      queryRow<RowFaults>(
        connection,
        `SELECT count(*) - count(DISTINCT row_key) AS "repeatedKeys",
           count(*) FILTER (NOT coalesce(isfinite(score), false)) AS "badScores",
           count(*) FILTER (model_digest IS DISTINCT FROM $modelDigest OR run_identity IS DISTINCT FROM $runIdentity)
             AS "otherOrigins"
         FROM ${readParquet(paths)}`,
        { modelDigest, runIdentity },
      ),
    );
  }

  #settings(paths: readonly string[]) {
    const allowed = paths.map((file) => path.resolve(file));
    return { allowed, tempDirectory: this.#tempDirectory, threads: 1, memoryLimitMb: 256 };
  }
}
