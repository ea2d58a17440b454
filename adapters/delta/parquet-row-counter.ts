import path from 'node:path';
import type { RowCounter } from '../../activities/ports/row-counter.js';
import { queryRow, withDuckDb } from '../duckdb/connection.js';
import { sqlString } from '../duckdb/sql-text.js';

/** Counts rows from the footer of a Parquet file, without reading its columns. */
export class ParquetRowCounter implements RowCounter {
  readonly #tempDirectory: string;

  /** `tempDirectory` is the parent of DuckDB's spill folders. */
  constructor(tempDirectory: string) {
    this.#tempDirectory = tempDirectory;
  }

  countRows(localPath: string): Promise<number> {
    const settings = {
      allowed: [path.resolve(localPath)],
      tempDirectory: this.#tempDirectory,
      threads: 1,
      memoryLimitMb: 256,
    };
    return withDuckDb(settings, async (connection) => {
      const sql = `SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${sqlString(path.resolve(localPath))})`;
      const { rows } = await queryRow<{ readonly rows: number }>(connection, sql);
      return rows;
    });
  }
}
