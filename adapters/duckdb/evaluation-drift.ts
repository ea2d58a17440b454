import type { DuckDBConnection } from '@duckdb/node-api';
import type { TrainingProfile } from '../../domain/model-bundle.js';
import type { DriftCounts } from '../../domain/monitoring.js';
import { queryRow, queryRows } from './connection.js';
import { readParquet, sqlName, sqlString } from './sql-text.js';

/** Counts the parts' inputs into the profile's bins, one small query a feature. */
export async function measureDrift(
  connection: DuckDBConnection,
  args: { readonly parts: readonly string[]; readonly profile: TrainingProfile },
): Promise<DriftCounts> {
  const { parts, profile } = args;
  const numericEntries = Object.entries(profile.numeric);
  const categoricalEntries = Object.entries(profile.categorical);
  if (parts.length === 0) return { rows: 0, numeric: {}, categorical: {} };
  const source = readParquet(parts);
  const { rows } = await queryRow<{ rows: number }>(connection, `SELECT count(*) AS rows FROM ${source}`);
  const numeric: Record<string, { counts: readonly number[]; nulls: number }> = {};
  for (const [feature, { cuts }] of numericEntries) {
    numeric[feature] = await countNumeric(connection, source, feature, cuts);
  }
  const categorical: Record<string, { counts: readonly number[]; other: number }> = {};
  for (const [feature, { values }] of categoricalEntries) {
    categorical[feature] = await countCategorical(connection, source, feature, values, rows);
  }
  return { rows, numeric, categorical };
}

async function countNumeric(
  connection: DuckDBConnection,
  source: string,
  feature: string,
  cuts: readonly number[],
): Promise<{ counts: readonly number[]; nulls: number }> {
  const value = `${sqlName(feature)}::DOUBLE`;
  const list = `[${cuts.map((cut) => `${String(cut)}::DOUBLE`).join(', ')}]::DOUBLE[]`;
  const binned = await queryRows<{ bin: number | null; rows: number }>(
    connection,
    `SELECT CASE WHEN value IS NULL OR isnan(value) THEN NULL ELSE len(list_filter(${list}, lambda cut: cut < value)) END AS bin,
       count(*) AS rows
     FROM (SELECT ${value} AS value FROM ${source}) GROUP BY 1`,
  );
  const rowsOf = (bin: number | null) => binned.find((entry) => entry.bin === bin)?.rows ?? 0;
  return { counts: Array.from({ length: cuts.length + 1 }, (_, bin) => rowsOf(bin)), nulls: rowsOf(null) };
}

async function countCategorical(
  connection: DuckDBConnection,
  source: string,
  feature: string,
  values: readonly string[],
  rows: number,
): Promise<{ counts: readonly number[]; other: number }> {
  const list = values.map(sqlString).join(', ');
  const found = await queryRows<{ value: string; rows: number }>(
    connection,
    `SELECT ${sqlName(feature)}::VARCHAR AS value, count(*) AS rows FROM ${source}
     WHERE ${values.length === 0 ? 'false' : `${sqlName(feature)}::VARCHAR IN (${list})`} GROUP BY 1`,
  );
  const byValue = new Map(found.map((entry) => [entry.value, entry.rows]));
  const counts = values.map((value) => byValue.get(value) ?? 0);
  return { counts, other: rows - counts.reduce((sum, count) => sum + count, 0) };
}
