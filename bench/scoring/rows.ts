import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { projectRoot } from '../../adapters/built-entry.js';
import { queryRow, withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet, sqlString } from '../../adapters/duckdb/sql-text.js';
import { cacheRoot } from '../../scripts/toolchain/index.mjs';
import { featureNames, featureSql, rowsPerPart } from './row-shape.js';

/** Three million flights, which larger sizes repeat. */
const baseRows = 3_000_000;
const partsPerRepetition = baseRows / rowsPerPart;

/** Raised when the rows change, so that older ones are not taken for them. */
const folder = (): string => path.join(cacheRoot(), 'bench-flights-1');

/**
 * Parts of half a million rows in key order; every size is the beginning of the next one. Repetitions differ by a
 * hundredth in every feature and have keys of their own, so rows are as dense on the disk at every size. Parts that
 * are there are kept: each got its name when it was complete, and their row counts are read again.
 */
export async function ensureRows(rows: number, log: (line: string) => void): Promise<readonly string[]> {
  const parts = Array.from({ length: rows / rowsPerPart }, (_, index) => partPath(index));
  const missing = parts.flatMap((part, index) => (existsSync(part) ? [] : [index]));
  if (missing.length > 0) {
    log(`building ${String(missing.length)} parts of ${String(rowsPerPart)} rows, once`);
    await withBase((connection) => writeParts(connection, missing));
  }
  await failUnlessComplete(parts, rows);
  return parts;
}

/** Features with a label, for training (every sixth flight) and for validation (every thirtieth, none of those). */
export async function writeSamples(trainPath: string, validationPath: string): Promise<void> {
  const columns = ['label', ...featureNames].join(', ');
  await withBase(
    async (connection) => {
      for (const [target, rows] of [
        [trainPath, 'n % 6 = 0'],
        [validationPath, 'n % 30 = 1'],
      ] as const) {
        await connection.run(
          `COPY (SELECT ${columns} FROM base WHERE ${rows} ORDER BY n) TO ${sqlString(target)} (FORMAT parquet)`,
        );
      }
    },
    [path.dirname(trainPath), path.dirname(validationPath)],
  );
}

function partPath(index: number): string {
  return path.join(folder(), `part-${String(index).padStart(5, '0')}.parquet`);
}

async function withBase(
  use: (connection: DuckDBConnection) => Promise<void>,
  writable: readonly string[] = [],
): Promise<void> {
  const source = path.join(projectRoot(), 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');
  await mkdir(folder(), { recursive: true });
  const settings = {
    allowed: [source, folder(), ...writable],
    tempDirectory: folder(),
    threads: 2,
    memoryLimitMb: 4_096,
  };
  await withDuckDb(settings, async (connection) => {
    await connection.run(baseSql(source));
    await use(connection);
  });
}

function baseSql(source: string): string {
  const counts = (key: string): string =>
    `(SELECT ${key}, count(*) AS flights, dense_rank() OVER (ORDER BY ${key}) AS code FROM flights GROUP BY ${key})`;
  const features = Object.entries(featureSql).map(([name, sql]) => `(${sql})::FLOAT AS ${name}`);
  return `
    CREATE TABLE base AS
    WITH flights AS (SELECT *, file_row_number AS n FROM read_parquet(${sqlString(source)}, file_row_number = true))
    SELECT n, (delay > 15)::DOUBLE AS label, ${features.join(', ')}
    FROM flights
    JOIN ${counts('origin')} origins USING (origin)
    JOIN ${counts('destination')} destinations USING (destination)
    JOIN ${counts('origin, destination')} routes USING (origin, destination)
    ORDER BY n`;
}

async function writeParts(connection: DuckDBConnection, indices: readonly number[]): Promise<void> {
  for (const index of indices) {
    const repetition = Math.floor(index / partsPerRepetition);
    const first = (index % partsPerRepetition) * rowsPerPart;
    const features = featureNames.map((name) => `(${name} + ${String(repetition)} * 0.01)::FLOAT AS ${name}`);
    const rows = `
      SELECT (n + ${String(repetition * baseRows)})::BIGINT AS row_key, 'e' || (n % 50000) AS entity,
             TIMESTAMP '2001-01-01' + to_seconds(n) AS event_time, ${features.join(', ')}
      FROM base WHERE n >= ${String(first)} AND n < ${String(first + rowsPerPart)} ORDER BY n`;
    const partial = `${partPath(index)}.partial`;
    await connection.run(
      `COPY (${rows}) TO ${sqlString(partial)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, USE_TMP_FILE false)`,
    );
    await rename(partial, partPath(index));
  }
}

async function failUnlessComplete(parts: readonly string[], expected: number): Promise<void> {
  const settings = { allowed: parts, tempDirectory: folder(), threads: 1, memoryLimitMb: 1_024 };
  const { rows } = await withDuckDb(settings, (connection) =>
    queryRow<{ rows: number }>(connection, `SELECT count(*) AS rows FROM ${readParquet(parts)}`),
  );
  if (rows !== expected) throw new Error(`${folder()} holds ${String(rows)} of ${String(expected)} rows; remove it`);
}
