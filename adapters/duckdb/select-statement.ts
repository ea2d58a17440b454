import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { dependsOnOrder, parseSelect, refusals } from './sql-tree.js';

/** A configured SQL text and what it may refer to. */
export interface SelectText {
  /** Where it stands, for the person who has to correct it: `dataset.sql`. */
  readonly field: string;
  readonly sql: string;
  /** Parameters it may use, without their `$`. */
  readonly parameters: readonly string[];
  /** Tables it may read: the names of the sources. */
  readonly tables: readonly string[];
}

/**
 * Checks that a configured text is exactly one SELECT that reads the sources and nothing else, calls only functions of
 * values, plans against the tables that are there, and uses no other parameters. Throws INVALID_SQL. Returns the
 * parameters it does use.
 */
export async function checkSelect(connection: DuckDBConnection, text: SelectText): Promise<readonly string[]> {
  const { field, sql } = text;
  const statements = await connection.extractStatements(sql).catch((error: unknown) => {
    throw invalidSql(field, firstLine(error), 'one SELECT that DuckDB can parse');
  });
  if (statements.count !== 1) throw invalidSql(field, `${String(statements.count)} statements`, 'exactly one SELECT');
  const parsed = await parseSelect(connection, sql);
  if (parsed.kind === 'select') {
    const problems = refusals(parsed.root, { tables: text.tables, rowsTogether: true });
    if (problems.length > 0) throw invalidSqlText(field, problems);
  }
  const prepared = await statements.prepare(0).catch((error: unknown) => {
    throw invalidSql(field, firstLine(error), 'one SELECT over the sources that DuckDB can plan');
  });
  try {
    if (prepared.statementType !== StatementType.SELECT || parsed.kind !== 'select') {
      throw invalidSql(field, `a ${StatementType[prepared.statementType]} statement`, 'exactly one SELECT');
    }
    const used = Array.from({ length: prepared.parameterCount }, (_, k) => prepared.parameterName(k + 1));
    const unknown = used.filter((name) => !text.parameters.includes(name));
    if (unknown.length === 0) return used;
    const known = text.parameters.length === 0 ? 'no parameters' : text.parameters.map((name) => `$${name}`).join(', ');
    throw invalidSql(field, unknown.map((name) => `$${name}`).join(', '), known);
  } finally {
    prepared.destroySync();
  }
}

/**
 * Checks that a configured text is one expression over the columns of one row, such as the baseline's: no subquery, no
 * aggregate, no table, no clock. Throws INVALID_SQL. Whether the columns are there is left to whoever runs it.
 */
export async function checkExpression(connection: DuckDBConnection, field: string, expression: string): Promise<void> {
  const parsed = await parseSelect(connection, `SELECT (${expression})`);
  if (parsed.kind === 'other') throw invalidExpression(field, [{ found: parsed.message, expected: 'one expression' }]);
  const { select_list: selected, from_table: from, where_clause: where, modifiers } = parsed.root;
  const alone =
    Array.isArray(selected) &&
    selected.length === 1 &&
    (from as { readonly type?: unknown } | undefined)?.type === 'EMPTY' &&
    where === undefined &&
    modifiers === undefined;
  const problems = alone
    ? refusals(parsed.root, { tables: [], rowsTogether: false })
    : [{ found: 'more than an expression', expected: 'one expression over the columns of one row' }];
  if (problems.length > 0) throw invalidExpression(field, problems);
}

/** Whether a text has to run on one thread to give the same rows every time. Texts that do not parse are refused elsewhere. */
export async function needsOneThread(connection: DuckDBConnection, sql: string): Promise<boolean> {
  const parsed = await parseSelect(connection, sql);
  return parsed.kind === 'other' || dependsOnOrder(parsed.root);
}

/** What a failed run of a checked text means: the text is wrong, a value is, or nothing permanent is known. */
export function failedSql(field: string, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (/^(Failed to extract|Parser|Binder|Catalog|Permission)/.test(message)) {
    return invalidSql(field, message, 'one SELECT whose columns have the kinds of the definition');
  }
  if (!/^(Conversion|Invalid Input|Out of Range)/.test(message)) return error;
  return new PermanentFailure('BAD_DATA', `The dataset has a value that ${field} cannot turn into what it should be.`, {
    problems: [{ field, found: message, expected: 'values of the kinds of the definition' }],
    cause: error,
  });
}

/** INVALID_SQL for a text that failed when it ran. */
export function invalidSql(field: string, found: string, expected: string): PermanentFailure {
  return invalidSqlText(field, [{ found, expected }]);
}

function invalidSqlText(field: string, problems: readonly Omit<Problem, 'field'>[]): PermanentFailure {
  return new PermanentFailure('INVALID_SQL', `${field} cannot be used.`, {
    problems: problems.map((problem) => ({ field, ...problem })),
    example: 'SELECT row_key, day, distance FROM flights WHERE date >= $window_start AND date < $window_end',
  });
}

function invalidExpression(field: string, problems: readonly Omit<Problem, 'field'>[]): PermanentFailure {
  return new PermanentFailure('INVALID_SQL', `${field} cannot be used.`, {
    problems: problems.map((problem) => ({ field, ...problem })),
    example: '1 / (1 + exp(-distance / 1000.0))',
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 3).join(' ').trim();
}
