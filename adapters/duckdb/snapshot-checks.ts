import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotPurpose } from '../../domain/snapshot.js';
import { queryRow } from './connection.js';
import { sqlName, sqlString } from './sql-text.js';

/**
 * Counts of all rows and of those that cannot be told apart or placed in time, as aggregates of one query; what they
 * mean is for `assertUsable`. They are asked of `withKeyBefore`.
 */
export function faultAggregates(definition: PipelineDefinition, purpose: SnapshotPurpose): readonly string[] {
  const allowed = definition.label.kind === 'binary' ? 'label IN (0, 1)' : 'isfinite(label)';
  return [
    'count(*)',
    'count(*) FILTER (row_key IS NULL)',
    'count(*) FILTER (row_key = key_before)',
    'count(*) FILTER (entity IS NULL)',
    'count(*) FILTER (event_time IS NULL)',
    ...(purpose === 'labelled' ? [`count(*) FILTER (label IS NOT NULL AND NOT (${allowed}))`] : []),
    ...(purpose === 'labelled' && definition.label.weight !== null
      ? ['count(*) FILTER (weight IS NULL OR NOT isfinite(weight) OR weight < 0)']
      : []),
  ];
}

/** A table in key order, where a key that repeats stands next to itself: no set of all keys has to be held for it. */
export function withKeyBefore(table: string): string {
  return `(SELECT *, lag(row_key) OVER () AS key_before FROM ${table})`;
}

/**
 * Stops the build when rows cannot be told apart or placed in time: no snapshot could be trusted then. Throws BAD_DATA
 * with every fault counted. Returns how many rows there are.
 */
export function assertUsable(counts: readonly number[], { dataset, label }: PipelineDefinition): number {
  const labels = label.kind === 'binary' ? '0, 1 or NULL in every row' : 'a finite number or NULL in every row';
  const [rows = 0, ...faults] = counts;
  const meanings: readonly [string, string, string][] = [
    [dataset.key, 'rows without a key', 'a key in every row'],
    [dataset.key, 'rows whose key another row has', 'a key that names one row'],
    [dataset.entity, 'rows without an entity', 'an entity in every row'],
    [dataset.eventTime, 'rows without an event time', 'an event time in every row'],
    [label.column, 'rows with another label', labels],
    [label.weight ?? 'label.weight', 'rows with another weight', 'a finite number of at least 0 in every row'],
  ];
  const problems = meanings.flatMap(([field, what, expected], k): Problem[] => {
    const count = faults[k] ?? 0;
    return count === 0 ? [] : [{ field, found: `${String(count)} of ${String(rows)} ${what}`, expected }];
  });
  if (problems.length === 0) return rows;
  throw new PermanentFailure('BAD_DATA', 'The dataset has rows that cannot be used.', { problems });
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
