import type { DuckDBConnection } from '@duckdb/node-api';
import type { Prober } from '../../activities/ports/probing.js';
import { queryRow } from './connection.js';
import { readParquet, sqlString } from './sql-text.js';

type Args<Name extends keyof Prober> = Parameters<Prober[Name]>[0];

/** md5 rather than the engine's own hash, which may change with its version. */
export async function writeSample(connection: DuckDBConnection, args: Args<'writeSample'>): Promise<number> {
  const drawn = `md5_number_lower(concat_ws(':', ${String(args.seed)}, row_key))`;
  const { Count } = await queryRow<{ Count: number }>(
    connection,
    `COPY (
       SELECT * FROM (
         SELECT * FROM ${readParquet(args.parts)} WHERE label IS NOT NULL
         ORDER BY ${drawn}, row_key LIMIT ${String(args.maxRows)})
       ORDER BY row_key
     ) TO ${sqlString(args.outputPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  return Count;
}

/** In the form of a snapshot's part. A round takes the rows of all parts once; the last one is cut short. */
export async function writeRepeated(
  connection: DuckDBConnection,
  { parts, rows, outputPath }: Args<'writeRepeated'>,
): Promise<number> {
  const source = readParquet(parts);
  const { found } = await queryRow<{ found: number }>(connection, `SELECT count(*) AS found FROM ${source}`);
  const rounds = found === 0 ? 0 : Math.ceil(rows / found);
  const { Count } = await queryRow<{ Count: number }>(
    connection,
    `COPY (
       SELECT * FROM (
         SELECT * REPLACE (lpad(round::VARCHAR, 9, '0') || ':' || row_key AS row_key)
         FROM range(${String(rounds)}) AS rounds(round), ${source})
       ORDER BY row_key LIMIT ${String(rows)}
     ) TO ${sqlString(outputPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  return Count;
}
