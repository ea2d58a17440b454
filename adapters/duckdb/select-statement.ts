import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure } from '../../domain/failure-types.js';

/** A configured SQL text and what it may refer to. */
export interface SelectText {
  /** Where it stands, for the person who has to correct it: `dataset.sql`. */
  readonly field: string;
  readonly sql: string;
  /** Parameters it may use, without their `$`. */
  readonly parameters: readonly string[];
}

/**
 * Checks that a configured text is exactly one SELECT, plans against the tables that are there, and uses no other
 * parameters. Throws INVALID_SQL. Returns the parameters it does use.
 */
export async function checkSelect(connection: DuckDBConnection, text: SelectText): Promise<readonly string[]> {
  const { field, sql } = text;
  const statements = await connection.extractStatements(sql).catch((error: unknown) => {
    throw invalidSql(field, firstLine(error), 'one SELECT that DuckDB can parse');
  });
  if (statements.count !== 1) throw invalidSql(field, `${String(statements.count)} statements`, 'exactly one SELECT');
  const prepared = await statements.prepare(0).catch((error: unknown) => {
    throw invalidSql(field, firstLine(error), 'one SELECT over the sources that DuckDB can plan');
  });
  try {
    if (prepared.statementType !== StatementType.SELECT) {
      const found = `${StatementType[prepared.statementType]} statement`;
      throw invalidSql(field, `a ${found}`, 'exactly one SELECT');
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

/** INVALID_SQL for a text that failed when it ran. */
export function invalidSql(field: string, found: string, expected: string): PermanentFailure {
  return new PermanentFailure('INVALID_SQL', `${field} cannot be used.`, {
    problems: [{ field, found, expected }],
    example: 'SELECT row_key, day, distance FROM flights WHERE date >= $window_start AND date < $window_end',
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 3).join(' ').trim();
}
