import { DuckDBTimestampValue, type DuckDBConnection } from '@duckdb/node-api';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotPurpose } from '../../domain/snapshot.js';
import type { Window } from '../../domain/window.js';
import { carriedColumns, carriedTimes, projectCarried, type CarriedColumns } from './carried-columns.js';
import { queryRows } from './connection.js';
import { checkSelect, failedSql, invalidSql } from './select-statement.js';
import { sqlName, sqlTimestamp } from './sql-text.js';

/** What the dataset's SQL may refer to besides its sources; all are UTC TIMESTAMPs. */
const PARAMETERS = ['window_start', 'window_end', 'as_of'] as const;

export interface SnapshotSelection {
  readonly definition: PipelineDefinition;
  readonly purpose: SnapshotPurpose;
  readonly window: Window;
  readonly asOf: string;
}

/** Runs the dataset's SQL into a table ordered by key, with the columns of a snapshot and those that only rules need. */
export async function createRows(
  connection: DuckDBConnection,
  table: string,
  selection: SnapshotSelection,
): Promise<CarriedColumns> {
  const { dataset } = selection.definition;
  const used = await checkSelect(connection, {
    field: 'dataset.sql',
    sql: dataset.sql,
    parameters: PARAMETERS,
    tables: Object.keys(dataset.sources),
  });
  const values = parameterValues(selection, used);
  const types = await describeColumns(connection, dataset.sql, values);
  const missing = missingColumns(selection, types);
  if (missing.length > 0) {
    throw invalidSql('dataset.sql', `no column ${missing.join(', ')}`, 'a column for every name of the definition');
  }
  const carried = carriedColumns(selection.definition, types);
  const time = `${sqlName(dataset.eventTime)}::TIMESTAMP`;
  const { start, end } = selection.window;
  await connection
    .run(
      `CREATE TABLE ${table} AS
     SELECT ${[...projection(selection, carried), ...projectCarried(carried)].join(', ')} FROM (\n${bare(dataset.sql)}\n)
     WHERE ${time} IS NULL OR (${time} >= ${sqlTimestamp(start)} AND ${time} < ${sqlTimestamp(end)})
     ORDER BY row_key`,
      values,
    )
    .catch((error: unknown) => {
      throw failedSql('dataset.sql', error);
    });
  return carried;
}

function projection({ definition, purpose, asOf }: SnapshotSelection, { texts }: CarriedColumns): readonly string[] {
  const { dataset, label } = definition;
  // Text that is no number becomes a missing value here; a rule counts it by the text that is carried along.
  const cast = (name: string) => (texts.has(name) ? 'TRY_CAST' : 'CAST');
  const columns = [
    `${sqlName(dataset.key)}::VARCHAR AS row_key`,
    `${sqlName(dataset.entity)}::VARCHAR AS entity`,
    `${sqlName(dataset.eventTime)}::TIMESTAMP AS event_time`,
    ...dataset.features.map(
      ({ name, kind }) => `${cast(name)}(${sqlName(name)} AS ${featureType(kind)}) AS ${sqlName(name)}`,
    ),
  ];
  if (purpose === 'scoring') return columns;
  // A label that became known after the data clock does not exist yet.
  const known = `${sqlName(label.availableAt)} <= ${sqlTimestamp(asOf)}`;
  return [
    ...columns,
    `CASE WHEN ${known} THEN ${sqlName(label.column)}::DOUBLE END AS label`,
    ...(label.weight === null ? [] : [`${sqlName(label.weight)}::DOUBLE AS weight`]),
    ...dataset.sensitive.map((name) => `${sqlName(name)}::VARCHAR AS ${sqlName(name)}`),
  ];
}

export function featureType(kind: 'numeric' | 'categorical'): 'DOUBLE' | 'VARCHAR' {
  return kind === 'numeric' ? 'DOUBLE' : 'VARCHAR';
}

/** Types of the columns that the dataset's SQL gives, by lower-case name. */
async function describeColumns(
  connection: DuckDBConnection,
  sql: string,
  values: Record<string, DuckDBTimestampValue>,
): Promise<ReadonlyMap<string, string>> {
  const described = await queryRows<{ column_name: string; column_type: string }>(
    connection,
    `DESCRIBE ${bare(sql)}`,
    values,
  );
  return new Map(described.map((row) => [row.column_name.toLowerCase(), row.column_type]));
}

function missingColumns(
  { definition, purpose }: SnapshotSelection,
  types: ReadonlyMap<string, string>,
): readonly string[] {
  const { dataset, label } = definition;
  const features = dataset.features.map((feature) => feature.name);
  const named = [dataset.key, dataset.entity, dataset.eventTime, label.column, label.availableAt, ...features];
  const evaluated = [...(label.weight === null ? [] : [label.weight]), ...dataset.sensitive];
  const wanted = [...named, ...(purpose === 'labelled' ? evaluated : []), ...carriedTimes(definition)];
  return wanted.filter((name) => !types.has(name.toLowerCase()));
}

function parameterValues(selection: SnapshotSelection, used: readonly string[]): Record<string, DuckDBTimestampValue> {
  const instants: Record<string, string> = {
    window_start: selection.window.start,
    window_end: selection.window.end,
    as_of: selection.asOf,
  };
  return Object.fromEntries(
    used.map((name) => [name, new DuckDBTimestampValue(BigInt(Date.parse(instants[name] ?? '')) * 1000n)]),
  );
}

/** The text as it can stand inside another statement. */
function bare(sql: string): string {
  return sql.replace(/;\s*$/, '');
}
