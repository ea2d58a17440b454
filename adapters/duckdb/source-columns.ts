import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { partitionsOf } from '../../domain/source-paths.js';
import type { SourceColumn } from '../../domain/source-schema.js';
import { queryRows } from './connection.js';
import { openFailure } from './source-failures.js';
import type { HashedFile, LoadedSource } from './source-files.js';
import {
  attachedName,
  attachSource,
  csvScan,
  declaredTypes,
  parquetScan,
  partitionColumns,
  showsPartitions,
  tableOf,
  tableScan,
} from './source-scans.js';
import { ADDED_COLUMNS, type DescribedSource } from './source-views.js';
import { sqlString } from './sql-text.js';

/** Enough to see what is wrong with a source without a page of it. */
const MOST_PROBLEMS = 20;

/**
 * Opens every source far enough to know its columns. Throws BAD_DATA for files of one source that do not agree, for a
 * column with the name of one of Gauntlet's own, and for an `availableAt` that is no column.
 */
export async function describeSources(
  connection: DuckDBConnection,
  sources: readonly LoadedSource[],
): Promise<readonly DescribedSource[]> {
  const described: DescribedSource[] = [];
  for (const source of sources) {
    assertSamePartitions(source);
    const columns = await openSource(connection, source);
    assertNames(source, columns);
    described.push({ ...source, columns });
  }
  return described;
}

/** Where a file of several cannot be opened, the file is looked for by itself, since not every complaint names one. */
async function openSource(connection: DuckDBConnection, source: LoadedSource): Promise<readonly SourceColumn[]> {
  try {
    await attachSource(connection, source);
    return await columnsOf(connection, source);
  } catch (error) {
    if (source.definition.format === 'parquet' && !(error instanceof PermanentFailure)) {
      for (const file of source.files) {
        await describe(connection, parquetScan({ ...source, files: [file] }, false)).catch((cause: unknown) => {
          throw openFailure(cause, { ...source, files: [file] });
        });
      }
    }
    throw openFailure(error, source);
  }
}

async function columnsOf(connection: DuckDBConnection, source: LoadedSource): Promise<readonly SourceColumn[]> {
  switch (source.definition.format) {
    case 'duckdb':
      await assertTable(connection, source);
      return describe(connection, tableScan(source));
    case 'parquet': {
      if (!source.single) await assertSameParquetColumns(connection, source);
      const seen = await describe(connection, parquetScan(source, false));
      return showsPartitions(source) ? seen : [...seen, ...partitionColumns(source)];
    }
    case 'csv':
      return [...(await csvColumns(connection, source)), ...partitionColumns(source)];
  }
}

async function describe(connection: DuckDBConnection, scan: string): Promise<readonly SourceColumn[]> {
  const rows = await queryRows<{ column_name: string; column_type: string }>(
    connection,
    `DESCRIBE SELECT * FROM ${scan}`,
  );
  return rows.map(({ column_name: name, column_type: type }) => ({ name, type }));
}

/** A view of a database reads what its writer liked, perhaps files; a table holds its rows. */
async function assertTable(connection: DuckDBConnection, source: LoadedSource): Promise<void> {
  const { schema, table } = tableOf(source);
  const tables = await queryRows<{ name: string }>(
    connection,
    `SELECT schema_name || '.' || table_name AS name FROM duckdb_tables()
     WHERE database_name = ${sqlString(attachedName(source))} ORDER BY ALL`,
  );
  const names = tables.map(({ name }) => name);
  if (names.some((name) => name.toLowerCase() === `${schema}.${table}`.toLowerCase())) return;
  const expected = names.length === 0 ? 'a database with tables' : `one of its tables ${names.join(', ')}`;
  throw new PermanentFailure('SOURCE_MISSING', `The source ${source.name} has no such table.`, {
    problems: [{ field: `dataset.sources.${source.name}.table`, found: `${schema}.${table}`, expected }],
  });
}

function assertSamePartitions(source: LoadedSource): void {
  const [first] = source.files;
  if (source.definition.hive === false || source.definition.format === 'duckdb' || first === undefined) return;
  const keys = (file: HashedFile) => Object.keys(partitionsOf(file.name)).join(', ');
  const expected = source.single ? '' : keys(first);
  if (source.definition.hive === true && expected === '') {
    const found = `${first.name}, which lies in no such folder`;
    throw badSource(source, [{ field: `dataset.sources.${source.name}.hive`, found, expected: 'key=value folders' }]);
  }
  const odd = source.single ? [] : source.files.filter((file) => keys(file) !== expected);
  if (odd.length === 0) return;
  const problems = odd.map((file) => ({
    field: `dataset.sources.${source.name}`,
    found: `${file.name} with ${keys(file) === '' ? 'no partitions' : `the partitions ${keys(file)}`}`,
    expected: expected === '' ? `no partitions, as ${first.name}` : `the partitions ${expected}, as ${first.name}`,
  }));
  throw badSource(source, problems);
}

/** One query over the footers of all files, because the engine would only look at the first. */
async function assertSameParquetColumns(connection: DuckDBConnection, source: LoadedSource): Promise<void> {
  const first = source.files[0]?.path ?? '';
  const paths = source.files.map((file) => sqlString(file.path)).join(', ');
  const odd = await queryRows<{ file: string; name: string; found: string | null; usual: string | null }>(
    connection,
    `WITH fields AS MATERIALIZED (
       SELECT file_name, name, string_agg(coalesce(duckdb_type, 'a group'), ' and ' ORDER BY duckdb_type) AS found
       FROM parquet_schema([${paths}]) WHERE column_id > 0 GROUP BY ALL
     ),
     usual AS (SELECT name, found AS usual FROM fields WHERE file_name = ${sqlString(first)}),
     files AS (SELECT DISTINCT file_name FROM fields)
     SELECT file_name AS file, name, found, usual
     FROM fields FULL JOIN (FROM files, usual) USING (file_name, name)
     WHERE found IS DISTINCT FROM usual ORDER BY file, name LIMIT ${String(MOST_PROBLEMS)}`,
  );
  if (odd.length === 0) return;
  throw badSource(
    source,
    odd.map(({ file, name, found, usual }) => ({
      field: `dataset.sources.${source.name}`,
      found: found === null ? `no column ${name} in ${file}` : `${name} ${found} in ${file}`,
      expected: usual === null ? `no such column, as in ${first}` : `${name} ${usual}, as in ${first}`,
    })),
  );
}

/**
 * The columns of text files, where types that nobody declared are guessed file by file. A file without rows tells names
 * and no types.
 */
async function csvColumns(connection: DuckDBConnection, source: LoadedSource): Promise<readonly SourceColumn[]> {
  const declared = declaredTypes(source);
  const found: { readonly file: HashedFile; readonly filled: boolean; readonly columns: readonly SourceColumn[] }[] =
    [];
  for (const file of source.files) {
    const scan = csvScan(file.path, declared, declared.length > 0);
    const columns = await describe(connection, scan);
    if (source.single) return columns;
    const filled = (await queryRows(connection, `SELECT 1 AS there FROM ${scan} LIMIT 1`)).length > 0;
    found.push({ file, filled, columns });
  }
  const usual = found.find(({ filled }) => filled) ?? found[0];
  if (usual === undefined) return [];
  const typeOf = (columns: readonly SourceColumn[], name: string) =>
    columns.find((column) => column.name === name)?.type;
  const problems = found.flatMap(({ file, filled, columns }) => {
    const names = [...new Set([...usual.columns, ...columns].map(({ name }) => name))];
    return names.flatMap((name): Problem[] => {
      const [was, is] = [typeOf(usual.columns, name), typeOf(columns, name)];
      if (was === is || (was !== undefined && is !== undefined && !filled)) return [];
      return [
        {
          field: `dataset.sources.${source.name}`,
          found: is === undefined ? `no column ${name} in ${file.name}` : `${name} ${is} in ${file.name}`,
          expected:
            was === undefined
              ? `no such column, as in ${usual.file.name}`
              : `${name} ${was}, as in ${usual.file.name}; types that are guessed can be declared: columns: { ${name}: 'VARCHAR' }`,
        },
      ];
    });
  });
  if (problems.length > 0) throw badSource(source, problems);
  return usual.columns;
}

function assertNames(source: LoadedSource, columns: readonly SourceColumn[]): void {
  const field = `dataset.sources.${source.name}`;
  const reserved = source.single ? ADDED_COLUMNS : [...ADDED_COLUMNS, 'file_index'];
  const taken = columns.filter(({ name }) => reserved.includes(name.toLowerCase()));
  const problems: Problem[] = taken.map(({ name }) => ({
    field,
    found: `a column ${name}`,
    expected: `no column called ${reserved.join(', ')}: Gauntlet adds those itself`,
  }));
  const { availableAt } = source.definition;
  const known = columns.map(({ name }) => name);
  if (availableAt !== undefined && !known.some((name) => name.toLowerCase() === availableAt.toLowerCase())) {
    const expected = `one of its columns ${known.join(', ')}`;
    problems.push({ field: `${field}.availableAt`, found: JSON.stringify(availableAt), expected });
  }
  if (problems.length > 0) throw badSource(source, problems);
}

function badSource({ name }: LoadedSource, problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('BAD_DATA', `The source ${name} cannot be used as it is.`, {
    problems: problems.slice(0, MOST_PROBLEMS),
  });
}
