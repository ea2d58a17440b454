import type { DuckDBConnection } from '@duckdb/node-api';
import type { MovedRow } from '../../../domain/gates/comparison.js';
import { queryRows } from '../connection.js';

const MOST_MOVERS = 10;

/** The rows of the table `compared` whose score moves most; of rows that move alike, those with the first keys. */
export function listMovedRows(connection: DuckDBConnection): Promise<readonly MovedRow[]> {
  return queryRows<MovedRow>(
    connection,
    `SELECT row_key AS "rowKey", champion::DOUBLE AS champion, challenger::DOUBLE AS challenger, label
     FROM compared WHERE champion <> challenger
     ORDER BY abs(challenger::DOUBLE - champion::DOUBLE) DESC, row_key LIMIT ${String(MOST_MOVERS)}`,
  );
}
