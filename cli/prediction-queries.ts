/** Queries a person can paste. Each reads one consistent version by the table's own log, except `duckdbFiles`. */
export interface PredictionQueries {
  /** Python with `polars` and `deltalake`. */
  readonly polars: string;
  /** Python with `deltalake` and `pandas`: no other engine needed. */
  readonly deltalake: string;
  /** Python with `duckdb` and its delta extension; always the newest version. */
  readonly duckdb: string;
  /** SQL for any DuckDB: the live files, named one by one. */
  readonly duckdbFiles: string | null;
}

/** What the queries are about: a table at a version, and the windows to read. */
export interface QueryScope {
  /** Absolute. */
  readonly folder: string;
  readonly version: number;
  /** Partition value; null reads every window. */
  readonly window: string | null;
  /** Absolute paths of the live files in scope. */
  readonly files: readonly string[];
}

export function composeQueries(scope: QueryScope): PredictionQueries {
  return {
    polars: polarsQuery(scope),
    deltalake: deltalakeQuery(scope),
    duckdb: duckdbQuery(scope),
    duckdbFiles: scope.files.length === 0 ? null : filesQuery(scope),
  };
}

function polarsQuery({ folder, version, window }: QueryScope): string {
  const filter = window === null ? '' : `.filter(pl.col("window") == ${pythonText(window)})`;
  return [
    'import polars as pl',
    `served = pl.scan_delta(${pythonText(folder)}, version=${version})${filter}.collect()`,
    'print(served.group_by("window").agg(pl.len(), pl.col("score").mean(), pl.col("decision").sum()).sort("window"))',
  ].join('\n');
}

function deltalakeQuery({ folder, version, window }: QueryScope): string {
  const filter = window === null ? '' : `filters=[("window", "=", ${pythonText(window)})]`;
  return [
    'from deltalake import DeltaTable',
    `served = DeltaTable(${pythonText(folder)}, version=${version}).to_pandas(${filter})`,
  ].join('\n');
}

const sums = 'SELECT "window", count(*) AS "rows", avg(score) AS mean_score, count(*) FILTER (decision) AS positives';

function duckdbQuery({ folder, window }: QueryScope): string {
  const where = window === null ? '' : `WHERE "window" = ${sqlText(window)} `;
  const query = `${sums}\n  FROM delta_scan(${sqlText(folder)}) ${where}GROUP BY "window" ORDER BY "window"\n`;
  return ['import duckdb', 'duckdb.execute("INSTALL delta; LOAD delta;")', `duckdb.sql("""${query}""").show()`].join(
    '\n',
  );
}

/** The window stands in the folder's name and stays text, as the table's schema says. */
function filesQuery({ files }: QueryScope): string {
  const list = files.map((file) => `  ${sqlText(file)}`).join(',\n');
  const options = 'hive_partitioning = true, hive_types_autocast = false';
  return `${sums}\nFROM read_parquet([\n${list}\n], ${options})\nGROUP BY "window" ORDER BY "window";`;
}

function pythonText(text: string): string {
  return JSON.stringify(text);
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
