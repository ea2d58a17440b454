import type { DuckDBConnection } from '@duckdb/node-api';
import type { CategoryDictionary, TrainingProfile } from '../../domain/model-bundle.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { Window } from '../../domain/window.js';
import { encodeColumns, listEncodedFeatures } from '../predictor/encoding.js';
import { queryRow, queryRows } from './connection.js';
import { readParquet, sqlName, sqlString, sqlTimestamp } from './sql-text.js';

/** The rows of a snapshot whose event time is in a window. */
export interface RowRange {
  readonly definition: PipelineDefinition;
  readonly parts: readonly string[];
  readonly window: Window;
}

/** Categories in code order: most frequent first, ties by name, so that the same rows always give the same codes. */
export async function learnCategories(connection: DuckDBConnection, range: RowRange): Promise<CategoryDictionary> {
  const dictionary: Record<string, readonly string[]> = {};
  for (const name of featureNames(range.definition, 'categorical')) {
    const rows = await queryRows<{ value: string }>(
      connection,
      `SELECT ${sqlName(name)} AS value FROM ${rangeTable(range)}
       WHERE ${sqlName(name)} IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value`,
    );
    dictionary[name] = rows.map((row) => row.value);
  }
  return dictionary;
}

/**
 * Writes the labelled rows of a range as a trainer reads them, in key order; returns how many. Columns are encoded by
 * the very rule that scoring uses.
 */
export async function encodeRows(
  connection: DuckDBConnection,
  range: RowRange & { readonly dictionary: CategoryDictionary; readonly outputPath: string },
): Promise<number> {
  const { definition, dictionary, outputPath } = range;
  const list = { features: definition.dataset.features, kind: definition.label.kind };
  const columns = encodeColumns(listEncodedFeatures(list, dictionary), 'training');
  for (const column of columns) if (column.setUp !== null) await connection.run(column.setUp);
  const inputs = columns.map(({ name, expression }) => `${expression} AS ${sqlName(name)}`);
  const written = await queryRow<{ Count: number }>(
    connection,
    `COPY (
       SELECT ${[...inputs, 'label::FLOAT AS label'].join(', ')}
       FROM (SELECT * FROM ${rangeTable(range)} WHERE label IS NOT NULL ORDER BY row_key)
     ) TO ${sqlString(outputPath)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  return written.Count;
}

/** Cuts of a numeric feature: the inner deciles, each once, so that bins are never empty by construction. */
const DECILES = '[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]';
/** Categories beyond these are counted together; drift in a rare one says nothing. */
const PROFILED_CATEGORIES = 50;

/** What the inputs of a range look like: decile bins of numbers, shares of the most frequent categories. */
export async function profileRows(
  connection: DuckDBConnection,
  range: RowRange,
): Promise<Omit<TrainingProfile, 'scores'>> {
  const table = rangeTable(range);
  const { rows } = await queryRow<{ rows: number }>(connection, `SELECT count(*) AS rows FROM ${table}`);
  const numeric: Record<string, TrainingProfile['numeric'][string]> = {};
  for (const name of featureNames(range.definition, 'numeric')) {
    numeric[name] = await profileNumeric(connection, table, name, rows);
  }
  const categorical: Record<string, TrainingProfile['categorical'][string]> = {};
  for (const name of featureNames(range.definition, 'categorical')) {
    categorical[name] = await profileCategorical(connection, table, name, rows);
  }
  return { rows, numeric, categorical };
}

/** `shares` has one entry more than `cuts`; bin k holds values above cut k-1 up to and including cut k, among non-null rows. */
async function profileNumeric(connection: DuckDBConnection, table: string, name: string, rows: number) {
  const column = sqlName(name);
  const { cuts } = await queryRow<{ cuts: string }>(
    connection,
    `SELECT to_json(coalesce(list_sort(list_distinct(quantile_disc(${column}, ${DECILES}))), [])) AS cuts FROM ${table}`,
  );
  const edges = JSON.parse(cuts) as number[];
  const bin = edges.map((cut) => `(${column} > ${String(cut)})::INTEGER`).join(' + ') || '0';
  const bins = await queryRows<{ bin: number; count: number }>(
    connection,
    `SELECT ${bin} AS bin, count(*) AS count FROM ${table} WHERE ${column} IS NOT NULL GROUP BY bin`,
  );
  const present = bins.reduce((sum, row) => sum + row.count, 0);
  const countOf = (index: number) => bins.find((row) => row.bin === index)?.count ?? 0;
  return {
    cuts: edges,
    shares: Array.from({ length: edges.length + 1 }, (_, index) => share(countOf(index), present)),
    nullShare: share(rows - present, rows),
  };
}

async function profileCategorical(connection: DuckDBConnection, table: string, name: string, rows: number) {
  const found = await queryRows<{ value: string; count: number }>(
    connection,
    `SELECT ${sqlName(name)} AS value, count(*) AS count FROM ${table}
     WHERE ${sqlName(name)} IS NOT NULL GROUP BY value ORDER BY count DESC, value LIMIT ${String(PROFILED_CATEGORIES)}`,
  );
  const { nulls } = await queryRow<{ nulls: number }>(
    connection,
    `SELECT count(*) FILTER (${sqlName(name)} IS NULL) AS nulls FROM ${table}`,
  );
  return {
    values: found.map((row) => row.value),
    shares: found.map((row) => share(row.count, rows)),
    nullShare: share(nulls, rows),
  };
}

/** Twelve digits, so that a profile does not hang on the last bit of a division. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toPrecision(12));
}

function featureNames(definition: PipelineDefinition, kind: 'numeric' | 'categorical'): readonly string[] {
  return definition.dataset.features.filter((feature) => feature.kind === kind).map((feature) => feature.name);
}

function rangeTable({ parts, window }: RowRange): string {
  const inWindow = `event_time >= ${sqlTimestamp(window.start)} AND event_time < ${sqlTimestamp(window.end)}`;
  return `(SELECT * FROM ${readParquet(parts)} WHERE ${inWindow})`;
}
