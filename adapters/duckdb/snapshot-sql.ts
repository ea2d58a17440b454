import { DuckDBTimestampValue, type DuckDBConnection } from '@duckdb/node-api';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotPurpose } from '../../domain/snapshot.js';
import type { Window } from '../../domain/window.js';
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

/** Runs the dataset's SQL into a table ordered by key, with the columns of a snapshot. */
export async function createRows(
  connection: DuckDBConnection,
  table: string,
  selection: SnapshotSelection,
): Promise<void> {
  const { dataset } = selection.definition;
  const used = await checkSelect(connection, {
    field: 'dataset.sql',
    sql: dataset.sql,
    parameters: PARAMETERS,
    tables: Object.keys(dataset.sources),
  });
  const values = parameterValues(selection, used);
  const missing = await missingColumns(connection, selection, values);
  if (missing.length > 0) {
    throw invalidSql('dataset.sql', `no column ${missing.join(', ')}`, 'a column for every name of the definition');
  }
  const time = `${sqlName(dataset.eventTime)}::TIMESTAMP`;
  const { start, end } = selection.window;
  await connection
    .run(
      `CREATE TABLE ${table} AS
     SELECT ${projection(selection)} FROM (\n${bare(dataset.sql)}\n)
     WHERE ${time} IS NULL OR (${time} >= ${sqlTimestamp(start)} AND ${time} < ${sqlTimestamp(end)})
     ORDER BY row_key`,
      values,
    )
    .catch((error: unknown) => {
      throw failedSql('dataset.sql', error);
    });
}

function projection({ definition, purpose, asOf }: SnapshotSelection): string {
  const { dataset, label } = definition;
  const columns = [
    `${sqlName(dataset.key)}::VARCHAR AS row_key`,
    `${sqlName(dataset.entity)}::VARCHAR AS entity`,
    `${sqlName(dataset.eventTime)}::TIMESTAMP AS event_time`,
    ...dataset.features.map(({ name, kind }) => `${sqlName(name)}::${featureType(kind)} AS ${sqlName(name)}`),
  ];
  if (purpose === 'scoring') return columns.join(', ');
  // A label that became known after the data clock does not exist yet.
  const known = `${sqlName(label.availableAt)} <= ${sqlTimestamp(asOf)}`;
  return [...columns, `CASE WHEN ${known} THEN ${sqlName(label.column)}::DOUBLE END AS label`].join(', ');
}

export function featureType(kind: 'numeric' | 'categorical'): 'DOUBLE' | 'VARCHAR' {
  return kind === 'numeric' ? 'DOUBLE' : 'VARCHAR';
}

async function missingColumns(
  connection: DuckDBConnection,
  { definition }: SnapshotSelection,
  values: Record<string, DuckDBTimestampValue>,
): Promise<readonly string[]> {
  const { dataset, label } = definition;
  const described = await queryRows<{ column_name: string }>(connection, `DESCRIBE ${bare(dataset.sql)}`, values);
  const there = new Set(described.map((row) => row.column_name.toLowerCase()));
  const features = dataset.features.map((feature) => feature.name);
  const named = [dataset.key, dataset.entity, dataset.eventTime, label.column, label.availableAt, ...features];
  return named.filter((name) => !there.has(name.toLowerCase()));
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
