import type { DuckDBConnection } from '@duckdb/node-api';
import type { FoldFile } from '../../activities/ports/evaluation.js';
import { sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { LabelKind } from '../../domain/metrics.js';
import { queryRow, queryRows } from './connection.js';
import { sqlName, sqlString } from './sql-text.js';

/** A slice column with more values than this is a key rather than a slice. */
const MAX_SLICE_VALUES = 1000;

/** Entities are hashed into as many blocks: more would cost time and say no more. */
export const ENTITY_BLOCKS = 256;

/**
 * Puts all folds into the table `compared`, slice columns as slice_0, slice_1 … Where a file names no entities its rows
 * have no `entity_block`, and where it has no weights each row weighs 1.
 */
export async function createComparedTable(
  connection: DuckDBConnection,
  files: readonly FoldFile[],
  sliceColumns: readonly string[],
): Promise<void> {
  const slices = sliceColumns
    .map((column, index) => `, ${sqlName(column)}::VARCHAR AS slice_${String(index)}`)
    .join('');
  const selects = [];
  for (const [index, file] of files.entries()) {
    const found = await checkColumns(connection, file, sliceColumns);
    // md5 is the same on every machine and in every version, which DuckDB's own hash does not promise.
    const entity = `(md5_number_lower(coalesce(entity::VARCHAR, '')) % ${String(ENTITY_BLOCKS)})::INTEGER`;
    selects.push(
      `SELECT ${String(index)}::INTEGER AS fold_index, ${String(file.fold)}::INTEGER AS fold, row_key::VARCHAR AS row_key,
         date_diff('day', DATE '1970-01-01', block::DATE)::INTEGER AS day, label::DOUBLE AS label,
         champion::FLOAT AS champion, challenger::FLOAT AS challenger,
         ${found.includes('entity') ? entity : 'NULL::INTEGER'} AS entity_block,
         ${found.includes('weight') ? 'weight::DOUBLE' : '1::DOUBLE'} AS weight${slices}
       FROM read_parquet(${sqlString(file.path)})`,
    );
  }
  await connection.run(`CREATE TEMP TABLE compared AS ${selects.join(' UNION ALL ')}`);
}

/** Answers the columns that are there; a slice, which is text, may be called `weight` and is none. */
async function checkColumns(
  connection: DuckDBConnection,
  file: FoldFile,
  sliceColumns: readonly string[],
): Promise<readonly string[]> {
  const described = await queryRows<{ column_name: string; column_type: string }>(
    connection,
    `DESCRIBE SELECT * FROM read_parquet(${sqlString(file.path)})`,
  );
  const found = described.map((column) => column.column_name);
  const expected = ['row_key', 'block', 'label', 'champion', 'challenger', ...sliceColumns];
  const missing = expected.filter((column) => !found.includes(column));
  const isSlice = described.some(
    ({ column_name, column_type }) => column_name === 'weight' && column_type === 'VARCHAR',
  );
  if (missing.length === 0) return found.filter((name) => name !== 'weight' || !isSlice);
  throw new PermanentFailure('INVALID_INPUT', `fold ${String(file.fold)} lacks columns to compare by`, {
    problems: missing.map((column) => ({
      field: column,
      found: `columns ${found.join(', ')}`,
      expected: 'this column',
    })),
  });
}

interface RowFacts {
  readonly rows: number;
  readonly keys: number;
  readonly badLabels: number;
  readonly badDays: number;
  readonly badWeights: number;
  readonly badChampion: number;
  readonly badChallenger: number;
}

/** Counts the rows, and throws BAD_DATA or MODEL_BAD_OUTPUT with every kind of row that cannot be compared. */
export async function checkRows(connection: DuckDBConnection, labelKind: LabelKind): Promise<number> {
  const isLabel = labelKind === 'binary' ? 'label IN (0, 1)' : 'isfinite(label)';
  const facts = await queryRow<RowFacts>(
    connection,
    `SELECT count(*) AS rows, count(DISTINCT row_key) AS keys,
       count(*) FILTER (label IS NULL OR NOT ${isLabel}) AS badLabels, count(*) FILTER (day IS NULL) AS badDays,
       count(*) FILTER (weight IS NULL OR NOT isfinite(weight) OR weight < 0) AS badWeights,
       count(*) FILTER (champion IS NULL OR NOT isfinite(champion)) AS badChampion,
       count(*) FILTER (challenger IS NULL OR NOT isfinite(challenger)) AS badChallenger
     FROM compared`,
  );
  const counted = (field: string, bad: number, expected: string): Problem[] =>
    bad === 0 ? [] : [{ field, found: `${String(bad)} of ${String(facts.rows)} rows`, expected }];
  const scores = [
    ...counted('champion', facts.badChampion, 'finite scores'),
    ...counted('challenger', facts.badChallenger, 'finite scores'),
  ];
  if (scores.length > 0) {
    throw new PermanentFailure('MODEL_BAD_OUTPUT', 'scores are missing or no numbers', { problems: scores });
  }
  const rows = [
    ...counted('label', facts.badLabels, labelKind === 'binary' ? 'labels 0 or 1' : 'finite labels'),
    ...counted('block', facts.badDays, 'a day on every row'),
    ...counted('weight', facts.badWeights, 'finite weights of at least zero'),
    ...counted('row_key', facts.rows - facts.keys, 'every row in one fold only, under a key of its own'),
  ];
  if (rows.length > 0) throw new PermanentFailure('BAD_DATA', 'the folds cannot be compared', { problems: rows });
  return facts.rows;
}

/** Makes the table `dictionary_<index>`: numbers the values of a slice column in sorted order, rows without a value last. */
export async function createDictionary(
  connection: DuckDBConnection,
  index: number,
  column: string,
): Promise<readonly (string | null)[]> {
  const slice = `slice_${String(index)}`;
  await connection.run(
    `CREATE TEMP TABLE dictionary_${String(index)} AS
     SELECT ${slice} AS value, (row_number() OVER (ORDER BY ${slice} NULLS LAST) - 1)::INTEGER AS code
     FROM (SELECT DISTINCT ${slice} FROM compared)`,
  );
  const values = await queryRows<{ value: string | null }>(
    connection,
    `SELECT value FROM dictionary_${String(index)} ORDER BY code`,
  );
  if (values.length <= MAX_SLICE_VALUES) return values.map((row) => row.value);
  throw new PermanentFailure('INVALID_DEFINITION', `the column ${column} cannot be sliced by`, {
    problems: [
      {
        field: 'gates[].column',
        found: `${column} with ${String(values.length)} values`,
        expected: `a column with at most ${String(MAX_SLICE_VALUES)} values`,
      },
    ],
  });
}

/**
 * Sums of the two halves of each row's md5: exact in any order and with any number of threads. Labels 0 and 1 are written
 * as whole numbers, and weights only where some row has another than 1.
 */
export async function digestRows(
  connection: DuckDBConnection,
  { labelKind, isWeighted }: { readonly labelKind: LabelKind; readonly isWeighted: boolean },
): Promise<string> {
  const label = labelKind === 'binary' ? 'label::INTEGER' : '(label + 0)';
  const row = `concat_ws('|', fold, day, ${label}${isWeighted ? ', weight' : ''}, row_key)`;
  const sums = await queryRow<{ rows: number; lower: string; upper: string }>(
    connection,
    `SELECT count(*) AS rows, coalesce(sum(md5_number_lower(${row})), 0)::VARCHAR AS lower,
       coalesce(sum(md5_number_upper(${row})), 0)::VARCHAR AS upper FROM compared`,
  );
  return sha256Hex(`${String(sums.rows)} ${sums.lower} ${sums.upper}`);
}
