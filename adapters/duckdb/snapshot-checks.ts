import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotPurpose } from '../../domain/snapshot.js';
import { queryRow } from './connection.js';
import { sqlName, sqlString } from './sql-text.js';

/** Rows counted by what is wrong with them. */
interface RowFaults {
  readonly rows: number;
  readonly nullKeys: number;
  readonly duplicateKeys: number;
  readonly nullEntities: number;
  readonly nullEventTimes: number;
  readonly badLabels: number;
  readonly nonFinite: number;
}

/**
 * Stops the build when rows cannot be told apart or placed in time: no snapshot could be trusted then. Throws BAD_DATA
 * with every fault counted. A numeric NULL is a missing value and stays; NaN and infinity are faults of a single row.
 * Returns how many rows have to be left out.
 */
export async function checkRows(
  connection: DuckDBConnection,
  table: string,
  definition: PipelineDefinition,
  purpose: SnapshotPurpose,
): Promise<{ readonly rows: number; readonly nonFinite: number }> {
  const faults = await queryRow<RowFaults>(connection, faultQuery(table, definition, purpose));
  const problems = describeFaults(faults, definition);
  if (problems.length > 0)
    throw new PermanentFailure('BAD_DATA', 'The dataset has rows that cannot be used.', { problems });
  return faults;
}

/** True for rows whose numeric features are all finite or missing. */
export function finiteFeatures(definition: PipelineDefinition): string {
  const numeric = definition.dataset.features.filter((feature) => feature.kind === 'numeric');
  const tests = numeric.map(({ name }) => `coalesce(isfinite(${sqlName(name)}), true)`);
  return tests.length === 0 ? 'true' : tests.join(' AND ');
}

/** The table is in key order, so a key that repeats stands next to itself: no set of all keys has to be held for it. */
function faultQuery(table: string, definition: PipelineDefinition, purpose: SnapshotPurpose): string {
  const allowed = definition.label.kind === 'binary' ? 'label IN (0, 1)' : 'isfinite(label)';
  return `SELECT count(*) AS "rows",
    count(*) FILTER (row_key IS NULL) AS "nullKeys",
    count(*) FILTER (row_key = key_before) AS "duplicateKeys",
    count(*) FILTER (entity IS NULL) AS "nullEntities",
    count(*) FILTER (event_time IS NULL) AS "nullEventTimes",
    ${purpose === 'labelled' ? `count(*) FILTER (label IS NOT NULL AND NOT (${allowed}))` : '0'} AS "badLabels",
    count(*) FILTER (NOT (${finiteFeatures(definition)})) AS "nonFinite"
    FROM (SELECT *, lag(row_key) OVER () AS key_before FROM ${table})`;
}

function describeFaults(faults: RowFaults, { dataset, label }: PipelineDefinition): Problem[] {
  const labels = label.kind === 'binary' ? '0, 1 or NULL in every row' : 'a finite number or NULL in every row';
  const found: readonly [number, string, string, string][] = [
    [faults.nullKeys, dataset.key, 'rows without a key', 'a key in every row'],
    [faults.duplicateKeys, dataset.key, 'rows whose key another row has', 'a key that names one row'],
    [faults.nullEntities, dataset.entity, 'rows without an entity', 'an entity in every row'],
    [faults.nullEventTimes, dataset.eventTime, 'rows without an event time', 'an event time in every row'],
    [faults.badLabels, label.column, 'rows with another label', labels],
  ];
  return found
    .filter(([count]) => count > 0)
    .map(([count, field, what, expected]) => ({
      field,
      found: `${String(count)} of ${String(faults.rows)} ${what}`,
      expected,
    }));
}

/**
 * A digest of the contents that depends on neither row order nor file layout: sum and exclusive-or of the md5 of every
 * row's text, in halves of 64 bits. `hash()` would be faster but changes between engine versions.
 */
export async function computeLogicalSums(
  connection: DuckDBConnection,
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): Promise<{ readonly sum: string; readonly xor: string }> {
  const texts = columns.map(({ name, type }) => {
    const value = type === 'TIMESTAMP' ? `epoch_us(${sqlName(name)})` : sqlName(name);
    return `coalesce(${value}::VARCHAR, ${sqlString('\\N')})`;
  });
  return queryRow(
    connection,
    `SELECT coalesce(sum(half), 0)::VARCHAR AS sum, coalesce(bit_xor(half), 0)::VARCHAR AS xor
     FROM (SELECT md5_number_lower(concat_ws(chr(31), ${texts.join(', ')})) AS half FROM ${table})`,
  );
}
