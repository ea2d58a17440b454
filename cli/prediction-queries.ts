import type { S3Connection } from '../adapters/s3/s3-client.js';
import { duckdbSecret, storageOptions } from './query-access.js';

/** Queries a person can paste. Each reads one consistent version by the table's own log, except `duckdbFiles`. */
export interface PredictionQueries {
  /** Python with `polars` and `deltalake`. */
  readonly polars: string;
  /** Python with `deltalake` and `pandas`: no other engine needed. */
  readonly deltalake: string;
  /** Python with `duckdb` and its delta extension; always the newest version. Trainers do without that package. */
  readonly duckdb: string;
  /** SQL for any DuckDB: the live files, named one by one. */
  readonly duckdbFiles: string | null;
}

/** What the queries are about: a table at a version, and the windows to read. */
export interface QueryScope {
  /** Absolute, or an `s3://` address. */
  readonly folder: string;
  readonly version: number;
  /** Partition value; null reads every window. */
  readonly window: string | null;
  /** Absolute paths or addresses of the live files in scope. */
  readonly files: readonly string[];
  /** How S3 is reached; null for a table in a folder. */
  readonly connection: S3Connection | null;
}

export function composeQueries(scope: QueryScope): PredictionQueries {
  return {
    polars: polarsQuery(scope),
    deltalake: deltalakeQuery(scope),
    duckdb: duckdbQuery(scope),
    duckdbFiles: scope.files.length === 0 ? null : filesQuery(scope),
  };
}

function polarsQuery({ folder, version, window, connection }: QueryScope): string {
  const filter = window === null ? '' : `.filter(pl.col("window") == ${pythonText(window)})`;
  return [
    'import polars as pl',
    ...optionsLine(connection),
    `served = pl.scan_delta(${pythonText(folder)}, version=${version}${optionsArgument(connection)})${filter}.collect()`,
    'print(served.group_by("window").agg(pl.len(), pl.col("score").mean(), pl.col("decision").sum()).sort("window"))',
  ].join('\n');
}

function deltalakeQuery({ folder, version, window, connection }: QueryScope): string {
  const filter = window === null ? '' : `filters=[("window", "=", ${pythonText(window)})]`;
  return [
    'from deltalake import DeltaTable',
    ...optionsLine(connection),
    `served = DeltaTable(${pythonText(folder)}, version=${version}${optionsArgument(connection)}).to_pandas(${filter})`,
  ].join('\n');
}

function optionsLine(connection: S3Connection | null): readonly string[] {
  const line = storageOptions(connection);
  return line === null ? [] : [line];
}

function optionsArgument(connection: S3Connection | null): string {
  return storageOptions(connection) === null ? '' : ', storage_options=storage_options';
}

const sums = 'SELECT "window", count(*) AS "rows", avg(score) AS mean_score, count(*) FILTER (decision) AS positives';

function duckdbQuery({ folder, window, connection }: QueryScope): string {
  const where = window === null ? '' : `WHERE "window" = ${sqlText(window)} `;
  const query = `${sums}\n  FROM delta_scan(${sqlText(folder)}) ${where}GROUP BY "window" ORDER BY "window"\n`;
  const secret = duckdbSecret(connection);
  return [
    'import duckdb  # pip install duckdb',
    'duckdb.execute("INSTALL delta; LOAD delta;")',
    ...(secret === null ? [] : [`duckdb.execute(${pythonText(secret)})`]),
    `duckdb.sql("""${query}""").show()`,
  ].join('\n');
}

/** The window stands in the folder's name and stays text, as the table's schema says. */
function filesQuery({ files, connection }: QueryScope): string {
  const list = files.map((file) => `  ${sqlText(file)}`).join(',\n');
  const options = 'hive_partitioning = true, hive_types_autocast = false';
  const secret = duckdbSecret(connection);
  return `${secret === null ? '' : `${secret}\n`}${sums}\nFROM read_parquet([\n${list}\n], ${options})\nGROUP BY "window" ORDER BY "window";`;
}

function pythonText(text: string): string {
  return JSON.stringify(text);
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
