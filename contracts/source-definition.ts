import { z } from 'zod';
import type { Problem } from '../domain/failure-types.js';
import type { SourceDefinition } from '../domain/pipeline-definition.js';
import { formatOfPath, isGlob } from '../domain/source-paths.js';
import { column, text } from './pipeline-definition-fields.js';

const format = z.enum(['parquet', 'csv', 'duckdb'], 'parquet, csv or duckdb');

/** Types of values, written out: a text that becomes part of a statement has to be one of these. */
const columnType = z
  .string('a SQL type such as VARCHAR, BIGINT, DOUBLE, DATE or TIMESTAMP')
  .trim()
  .toUpperCase()
  .regex(
    /^(VARCHAR|TEXT|BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|DECIMAL\(\d{1,2},\s?\d{1,2}\))$/,
    'a SQL type such as VARCHAR, BIGINT, DOUBLE, DATE or TIMESTAMP',
  );

const table = z
  .string('a table such as "main.flights"')
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/, 'a table such as "main.flights"');

const written = z.strictObject(
  {
    path: text('a path'),
    format: format.optional(),
    hive: z.boolean('true or false').optional(),
    table: table.optional(),
    columns: z.record(z.string(), columnType, 'types by column').optional(),
    availableAt: column.optional(),
  },
  'a path, or an object with path, format, hive, table, columns, availableAt',
);

type Written = z.infer<typeof written>;

/** A source as people write it: a path, or an object. What is left out stays out. */
export const source = z
  .preprocess((value) => (typeof value === 'string' ? { path: value } : value), written)
  .transform(normalise) as unknown as z.ZodType<SourceDefinition, string | z.input<typeof written>>;

function normalise({ path, format: named, hive, table: from, columns, availableAt }: Written): SourceDefinition {
  return {
    path,
    format: named ?? formatOfPath(path),
    ...(hive === undefined ? {} : { hive }),
    ...(from === undefined ? {} : { table: from }),
    ...(columns === undefined ? {} : { columns }),
    ...(availableAt === undefined ? {} : { availableAt }),
  };
}

/** What does not go together in one source. */
export function sourceProblems(name: string, given: SourceDefinition): readonly Problem[] {
  const field = `dataset.sources.${name}`;
  const problems: Problem[] = [];
  if (given.format === 'duckdb') {
    if (given.table === undefined) {
      const expected = `a table, as in { path: 'sales.duckdb', format: 'duckdb', table: 'main.orders' }`;
      problems.push({ field: `${field}.table`, found: 'nothing', expected });
    }
    if (isGlob(given.path) || /[\\/]$/.test(given.path)) {
      problems.push({ field: `${field}.path`, found: JSON.stringify(given.path), expected: 'one DuckDB file' });
    }
    for (const option of ['hive', 'columns'] as const) {
      if (given[option] === undefined) continue;
      const expected = 'nothing: a DuckDB table has columns and types of its own';
      problems.push({ field: `${field}.${option}`, found: JSON.stringify(given[option]), expected });
    }
  } else if (given.table !== undefined) {
    const expected = `nothing, or format: 'duckdb' for a table of a DuckDB file`;
    problems.push({ field: `${field}.table`, found: JSON.stringify(given.table), expected });
  }
  return problems;
}
