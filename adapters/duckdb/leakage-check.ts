import type { DuckDBConnection } from '@duckdb/node-api';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { Window } from '../../domain/window.js';
import { queryRow, withDuckDb, type DuckDbSettings } from './connection.js';
import { createRows } from './snapshot-sql.js';
import { describeSources } from './source-columns.js';
import { pathsOf } from './source-scans.js';
import { SourceFiles } from './source-files.js';
import { createSourceViews, sourceSelect, type DescribedSource } from './source-views.js';
import { sqlName, sqlTimestamp } from './sql-text.js';

/** Which part of a source tells what happened, rather than what was known before. */
export interface EventSource {
  /** Name of the source in the definition. */
  readonly source: string;
  /** Its TIMESTAMP column. The day counts as known before; the time of day is part of what happened. */
  readonly time: string;
  /** Numeric columns that are only known afterwards. */
  readonly outcomes: readonly string[];
}

/** A column that changed although nothing known at the data clock did. */
export interface LeakingColumn {
  readonly column: string;
  readonly rowsChanged: number;
  readonly rows: number;
}

/**
 * Finds columns that know the future: the dataset's SQL runs once over the sources, and once over copies in which
 * everything that was not yet known at the window's start happened otherwise. Whatever differs was computed from it.
 */
export async function findLeakingColumns(
  args: { readonly definition: PipelineDefinition; readonly window: Window; readonly events: readonly EventSource[] },
  settings: Omit<DuckDbSettings, 'allowed'>,
): Promise<readonly LeakingColumn[]> {
  const { definition, window } = args;
  const loaded = await new SourceFiles().load(definition.dataset);
  const allowed = loaded.flatMap(pathsOf);
  const selection = { definition, purpose: 'scoring', window, asOf: window.start } as const;
  return withDuckDb({ ...settings, allowed }, async (connection) => {
    const sources = await describeSources(connection, loaded);
    await createSourceViews(connection, sources, window.start);
    await createRows(connection, 'as_it_happened', selection);
    for (const source of sources) {
      const happened = args.events.find((events) => events.source === source.name);
      if (happened !== undefined) await connection.run(otherwise(source, happened, definition, window.start));
    }
    await createRows(connection, 'as_it_might_have_been', selection);
    return compareColumns(connection, definition);
  });
}

/**
 * Replaces a source's view. Outcomes that were not known at the data clock are moved far, and differently for each row;
 * times of day of what had not happened yet are drawn anew within their day.
 */
function otherwise(source: DescribedSource, events: EventSource, definition: PipelineDefinition, asOf: string): string {
  const { everyMs, start } = definition.window;
  const time = sqlName(events.time);
  // The outcome of an event is known once its window has ended and the label delay has passed.
  const anchor = sqlTimestamp(start);
  const windowEnd = `time_bucket(INTERVAL '${String(everyMs)} ms', ${time}, ${anchor}) + INTERVAL '${String(everyMs)} ms'`;
  const unknown = `${windowEnd} + INTERVAL '${String(definition.label.delayMs)} ms' > ${sqlTimestamp(asOf)}`;
  const noise = 'md5_number_lower(file_row_number::VARCHAR) % 86400';
  const outcomes = events.outcomes.map((name) => {
    const moved = `CASE WHEN ${unknown} THEN ${sqlName(name)} + (${noise})::BIGINT - 43200 ELSE ${sqlName(name)} END`;
    return `${moved} AS ${sqlName(name)}`;
  });
  const redrawn = `date_trunc('day', ${time}) + to_seconds((${noise})::BIGINT)`;
  const timeOfDay = `CASE WHEN ${time} >= ${sqlTimestamp(asOf)} THEN ${redrawn} ELSE ${time} END AS ${time}`;
  const replaced = [timeOfDay, ...outcomes].join(', ');
  return `CREATE OR REPLACE VIEW ${sqlName(source.name)} AS SELECT * REPLACE (${replaced}) FROM (${sourceSelect(source, asOf)})`;
}

async function compareColumns(
  connection: DuckDBConnection,
  definition: PipelineDefinition,
): Promise<readonly LeakingColumn[]> {
  const names = ['entity', 'event_time', ...definition.dataset.features.map((feature) => feature.name)];
  const counts = names.map((name) => `count(*) FILTER (a.${sqlName(name)} IS DISTINCT FROM b.${sqlName(name)})`);
  const row = await queryRow<Record<string, number>>(
    connection,
    `SELECT count(*) AS n, count(*) FILTER (a.row_key IS NULL OR b.row_key IS NULL) AS k,
       ${counts.map((count, index) => `${count} AS c${String(index)}`).join(', ')}
     FROM as_it_happened AS a FULL JOIN as_it_might_have_been AS b ON a.row_key = b.row_key`,
  );
  const rows = row['n'] ?? 0;
  const changed = [
    ['row_key', row['k'] ?? 0],
    ...names.map((name, index) => [name, row[`c${String(index)}`] ?? 0]),
  ] as const;
  return changed
    .map(([column, rowsChanged]) => ({ column: String(column), rowsChanged: Number(rowsChanged), rows }))
    .filter((column) => column.rowsChanged > 0);
}
