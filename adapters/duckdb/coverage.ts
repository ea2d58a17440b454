import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { formatWindow, type Window } from '../../domain/window.js';
import { queryRow } from './connection.js';
import { checkSelect, failedSql } from './select-statement.js';

/** First and last event time in the sources, both included. */
export interface Coverage {
  readonly first: string;
  readonly last: string;
}

/** Asks the sources how far they reach; null when they hold no rows. Throws INVALID_SQL. */
export async function queryCoverage(
  connection: DuckDBConnection,
  definition: PipelineDefinition,
): Promise<Coverage | null> {
  const sql = definition.dataset.coverage.replace(/;\s*$/, '');
  await checkSelect(connection, {
    field: 'dataset.coverage',
    sql,
    parameters: [],
    tables: Object.keys(definition.dataset.sources),
  });
  const row = await queryRow<{ first: Date | null; last: Date | null }>(
    connection,
    `SELECT first::TIMESTAMP AS first, last::TIMESTAMP AS last FROM (\n${sql}\n)`,
  ).catch((error: unknown) => {
    throw failedSql('dataset.coverage', error);
  });
  return row.first === null || row.last === null
    ? null
    : { first: row.first.toISOString(), last: row.last.toISOString() };
}

/**
 * Throws WINDOW_BEYOND_COVERAGE unless the sources reach from the first scoring window of the range to its last. A
 * window between them may well have no rows.
 */
export function assertCovered(definition: PipelineDefinition, window: Window, coverage: Coverage | null): void {
  const { everyMs } = definition.window;
  const covered =
    coverage !== null &&
    Date.parse(coverage.first) < Date.parse(window.start) + everyMs &&
    Date.parse(coverage.last) >= Date.parse(window.end) - everyMs;
  if (covered) return;
  throw new PermanentFailure(
    'WINDOW_BEYOND_COVERAGE',
    `The sources of ${definition.name} do not reach over the window.`,
    {
      problems: [
        {
          field: 'window',
          found: formatWindow(window),
          expected: coverage === null ? 'sources with rows' : `a window between ${coverage.first} and ${coverage.last}`,
        },
      ],
    },
  );
}
