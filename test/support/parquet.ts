import { DuckDBInstance } from '@duckdb/node-api';

type Cell = number | string | boolean | null;

/** Writes rows to a Parquet file, in the given order. */
export async function writeParquet(
  filePath: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const casts = columns.map(({ name, type }, index) => `c${String(index)}::${type} AS "${name}"`).join(', ');
  const names = columns.map((_column, index) => `c${String(index)}`).join(', ');
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
  const nothing = `(${columns.map(() => 'NULL').join(', ')})`;
  const source = `(VALUES ${rows.length === 0 ? nothing : values}) t(${names})`;
  await runSql(
    `COPY (SELECT ${casts} FROM ${source} ${rows.length === 0 ? 'LIMIT 0' : ''}) TO '${filePath}' (FORMAT parquet)`,
  );
}

/** Runs one statement in a fresh, unconfined DuckDB and reads its rows as plain objects. */
export async function runSql(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS();
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, typeof cell === 'bigint' ? Number(cell) : cell]),
      ),
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function literal(cell: Cell): string {
  // A statement is a C string: a NUL would end it.
  if (typeof cell === 'string') return `'${cell.replaceAll("'", "''").replaceAll('\0', "' || chr(0) || '")}'`;
  if (typeof cell === 'number' && !Number.isFinite(cell)) return `'${String(cell)}'::DOUBLE`;
  return String(cell ?? 'NULL').toUpperCase();
}
