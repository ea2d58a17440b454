import type { DuckDBConnection } from '@duckdb/node-api';
import type { RuleMeasure } from '../../domain/validation/results.js';
import { isRowRule, type ValidationRule } from '../../domain/validation/rules.js';
import { queryRow, queryRows } from './connection.js';
import { rowTest, type RuleScope } from './row-rules.js';
import { repetitionColumns, ruleQuery, type RuleQueryScope } from './rule-queries.js';
import { withKeyBefore } from './snapshot-checks.js';
import { sqlString } from './sql-text.js';

/** Failing values that are shown, and how much of each. */
const EXAMPLES = 3;
const EXAMPLE_LENGTH = 80;

/** All rules, and further aggregates of the caller, counted in one pass over a table in key order. */
export async function measureRules(
  connection: DuckDBConnection,
  args: {
    readonly table: string;
    readonly rules: readonly ValidationRule[];
    readonly scope: RuleQueryScope;
    readonly further: readonly string[];
  },
): Promise<{ readonly measures: readonly RuleMeasure[]; readonly further: readonly number[] }> {
  const { table, rules, scope } = args;
  const queries = rules.map((rule) => ruleQuery(rule, scope));
  const aggregates = [...args.further, ...queries.flatMap((query) => query.aggregates)];
  const row = await queryRow<Record<string, number | null>>(
    connection,
    `SELECT ${aggregates.map((aggregate, k) => `${aggregate} AS a${String(k)}`).join(', ')} FROM ${withKeyBefore(table)}`,
  );
  const values = aggregates.map((_, k) => row[`a${String(k)}`] ?? null);
  const further = values.splice(0, args.further.length).map((value) => value ?? 0);
  const counted = queries.map((query) => query.read(values.splice(0, query.aggregates.length)));
  const failing = rules.filter((_, k) => (counted[k]?.failing ?? 0) > 0);
  const examples = await findExamples(connection, table, failing, scope);
  const measures = counted.map((measure, k) => ({ ...measure, examples: examples.get(rules[k]?.name ?? '') ?? [] }));
  return { measures, further };
}

/** The first few failing values of each rule that has any, as text, in order; one more query, only when rows fail. */
async function findExamples(
  connection: DuckDBConnection,
  table: string,
  failing: readonly ValidationRule[],
  scope: RuleScope,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const selects = failing.flatMap((rule) => {
    const shown = failingValues(rule, table, scope);
    if (shown === null) return [];
    return `(SELECT ${sqlString(rule.name)} AS rule, left(value, ${String(EXAMPLE_LENGTH)}) AS value
      FROM (${shown}) GROUP BY ALL ORDER BY value LIMIT ${String(EXAMPLES)})`;
  });
  const examples = new Map<string, string[]>();
  if (selects.length === 0) return examples;
  const rows = await queryRows<{ rule: string; value: string }>(
    connection,
    `SELECT rule, value FROM (${selects.join(' UNION ALL ')}) ORDER BY rule, value`,
  );
  for (const { rule, value } of rows) examples.set(rule, [...(examples.get(rule) ?? []), value]);
  return examples;
}

function failingValues(rule: ValidationRule, table: string, scope: RuleScope): string | null {
  if (isRowRule(rule)) {
    const test = rowTest(rule, scope);
    if (test === null || test.shown === null) return null;
    return `SELECT ${test.shown} AS value FROM ${table} WHERE ${test.fails}`;
  }
  if (rule.check !== 'unique') return null;
  const columns = repetitionColumns(rule, scope);
  const asked = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const text = `concat_ws(', ', ${columns.map((column) => `${column}::VARCHAR`).join(', ')})`;
  return `SELECT ${text} AS value FROM ${table} WHERE ${asked} GROUP BY ${columns.join(', ')} HAVING count(*) > 1`;
}
