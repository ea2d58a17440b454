import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceColumn } from '../../domain/source-schema.js';
import { partitionsOf, partitionType } from '../../domain/source-paths.js';
import type { LoadedSource } from './source-files.js';
import { sqlName, sqlString } from './sql-text.js';

/** What stands in a FROM to read what a source's files hold, without anything of ours. */

/** Attaches what has to be attached before a source can be read. Safe to repeat. */
export async function attachSource(connection: DuckDBConnection, source: LoadedSource): Promise<void> {
  if (source.definition.format !== 'duckdb') return;
  const file = source.files.find(({ name }) => !name.endsWith('.wal'));
  await connection.run(
    `ATTACH IF NOT EXISTS ${sqlString(file?.path ?? '')} AS ${sqlName(attachedName(source))} (READ_ONLY)`,
  );
}

/** What the engine has to reach to read a source; it looks for a database's log whether there is one or not. */
export function pathsOf({ definition, files }: LoadedSource): readonly string[] {
  const paths = files.map((file) => file.path);
  return definition.format === 'duckdb' ? [...new Set(paths.flatMap((path) => [path, `${path}.wal`]))] : paths;
}

export function attachedName({ name }: LoadedSource): string {
  return `source of ${name}`;
}

/** The schema and name of the table that a source takes from its database. */
export function tableOf({ definition }: LoadedSource): { readonly schema: string; readonly table: string } {
  const [first = '', second] = (definition.table ?? '').split('.');
  return second === undefined ? { schema: 'main', table: first } : { schema: first, table: second };
}

export function tableScan(source: LoadedSource): string {
  const { schema, table } = tableOf(source);
  return [attachedName(source), schema, table].map(sqlName).join('.');
}

/** `numbered` adds `file_row_number`. */
export function parquetScan(source: LoadedSource, numbered: boolean): string {
  const options = [`[${source.files.map((file) => sqlString(file.path)).join(', ')}]`];
  if (numbered) options.push('file_row_number = true');
  const types = partitionColumns(source).map(({ name, type }) => `${sqlName(name)}: ${type}`);
  if (!showsPartitions(source)) options.push('hive_partitioning = false');
  else options.push(`hive_partitioning = true, hive_types_autocast = false, hive_types = {${types.join(', ')}}`);
  return `read_parquet(${options.join(', ')})`;
}

/** With types given, the first line is the header: nothing about it has to be guessed. */
export function csvScan(path: string, types: readonly SourceColumn[], header: boolean): string {
  const options = [sqlString(path), 'hive_partitioning = false'];
  const pairs = types.map(({ name, type }) => `${sqlString(name)}: ${sqlString(type)}`);
  if (pairs.length > 0) options.push(`types = {${pairs.join(', ')}}`);
  if (header) options.push('header = true');
  return `read_csv(${options.join(', ')})`;
}

/** The types that the definition gives for columns of the files themselves. */
export function declaredTypes(source: LoadedSource): readonly SourceColumn[] {
  const partitions = partitionColumns(source).map(({ name }) => name);
  return Object.entries(source.definition.columns ?? {})
    .filter(([name]) => !partitions.includes(name))
    .map(([name, type]) => ({ name, type }));
}

/** The columns that the `key=value` folders of a source are. */
export function partitionColumns({ definition, files, single }: LoadedSource): readonly SourceColumn[] {
  if (definition.format === 'duckdb' || definition.hive === false || single) return [];
  const values = files.map((file) => partitionsOf(file.name));
  return Object.keys(values[0] ?? {}).map((name) => ({
    name,
    type: definition.columns?.[name] ?? partitionType(values.map((value) => value[name] ?? null)),
  }));
}

/** Whether the engine sees the partitions in the paths it reads; a cache keeps objects under names of its own. */
export function showsPartitions(source: LoadedSource): boolean {
  return partitionColumns(source).length > 0 && source.files.every((file) => file.path.endsWith(`/${file.name}`));
}

/** The value of a partition column in one file, as its type. */
export function partitionValue(fileName: string, { name, type }: SourceColumn): string {
  const value = partitionsOf(fileName)[name] ?? null;
  return `${value === null ? 'NULL' : sqlString(value)}::${type}`;
}
