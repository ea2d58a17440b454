import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceColumn } from '../../domain/source-schema.js';
import type { LoadedSource } from './source-files.js';
import {
  csvScan,
  declaredTypes,
  parquetScan,
  partitionColumns,
  partitionValue,
  showsPartitions,
  tableScan,
} from './source-scans.js';
import { sqlName, sqlString, sqlTimestamp } from './sql-text.js';

/** A source with the columns that were found in it, partitions among them. */
export interface DescribedSource extends LoadedSource {
  readonly columns: readonly SourceColumn[];
}

/** Columns that a source has besides its own. */
export const ADDED_COLUMNS = ['file_row_number', 'source_digest', 'source_file'];

/**
 * Makes each source a view of its name, with columns of Gauntlet's: `file_row_number`, from 0, and `source_digest`, the
 * sha256 of the row's file, which together name a row that has no key; a source of several files also has `source_file`.
 * With a data clock, rows of a source with `availableAt` that were not known by then are not there.
 */
export async function createSourceViews(
  connection: DuckDBConnection,
  sources: readonly DescribedSource[],
  asOf: string | null,
): Promise<void> {
  for (const source of sources) {
    await connection.run(`CREATE OR REPLACE VIEW ${sqlName(source.name)} AS ${sourceSelect(source, asOf)}`);
  }
}

/** The rows of a source that were known at the data clock. A row that does not say when it became known never was. */
export function sourceSelect(source: DescribedSource, asOf: string | null): string {
  const select = selectAll(source);
  const { availableAt } = source.definition;
  if (availableAt === undefined || asOf === null) return select;
  return `SELECT * FROM (${select}) WHERE ${sqlName(availableAt)} <= ${sqlTimestamp(asOf)}`;
}

function selectAll(source: DescribedSource): string {
  switch (source.definition.format) {
    case 'parquet':
      return `SELECT *, ${parquetAdditions(source).join(', ')} FROM ${parquetScan(source, true)}`;
    case 'csv':
      return csvSelect(source);
    case 'duckdb':
      return `SELECT *, rowid AS file_row_number, ${sqlString(source.sha256)} AS source_digest FROM ${tableScan(source)}`;
  }
}

/** Looked up by the number of the row's file, which costs nothing where the columns are not asked for. */
function parquetAdditions(source: LoadedSource): readonly string[] {
  if (source.single) return [`${sqlString(source.sha256)} AS source_digest`];
  const byFile = (values: readonly string[]) => `list_extract([${values.join(', ')}], file_index::BIGINT + 1)`;
  const hidden = showsPartitions(source) ? [] : partitionColumns(source);
  const partitions = hidden.map((column) => {
    const values = source.files.map((file) => partitionValue(file.name, column));
    return `${byFile(values)} AS ${sqlName(column.name)}`;
  });
  return [
    ...partitions,
    `${byFile(source.files.map((file) => sqlString(file.sha256)))} AS source_digest`,
    `${byFile(source.files.map((file) => sqlString(file.name)))} AS source_file`,
  ];
}

/**
 * Text has no row numbers of its own; its order is kept, so counting gives the same numbers every time. Each file is
 * counted by itself, so that a row keeps its number when other files come.
 */
function csvSelect(source: DescribedSource): string {
  const partitions = partitionColumns(source);
  const declared = declaredTypes(source);
  const own = source.columns.filter(({ name }) => !partitions.some((partition) => partition.name === name));
  const selects = source.files.map((file) => {
    const added = [
      ...partitions.map((column) => `${partitionValue(file.name, column)} AS ${sqlName(column.name)}`),
      'row_number() OVER () - 1 AS file_row_number',
      `${sqlString(file.sha256)} AS source_digest`,
      ...(source.single ? [] : [`${sqlString(file.name)} AS source_file`]),
    ];
    const scan = csvScan(file.path, source.single ? declared : own, declared.length > 0);
    return `SELECT *, ${added.join(', ')} FROM ${scan}`;
  });
  return selects.join(' UNION ALL BY NAME ');
}
