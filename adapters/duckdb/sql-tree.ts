import { z } from 'zod';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from './connection.js';
import {
  aggregatesByOrder,
  allowedAggregates,
  allowedScalars,
  allowedTableFunctions,
  clockWords,
  insteadOf,
} from './sql-functions.js';

/** One thing in a text that configured SQL may not do. */
export interface Refusal {
  readonly found: string;
  readonly expected: string;
}

/** A node of DuckDB's own syntax tree. Kinds that this file does not know are refused, never skipped. */
type Node = Readonly<Record<string, unknown>>;

export type ParsedSelect =
  | { readonly kind: 'select'; readonly root: Node }
  /** More or fewer than one statement, another statement than SELECT, or no SQL at all. */
  | { readonly kind: 'other'; readonly message: string };

const serializedSchema = z.object({
  error: z.boolean(),
  error_message: z.string().optional(),
  statements: z.array(z.object({ node: z.record(z.string(), z.unknown()) })).optional(),
});

/** The syntax tree of a text as DuckDB's parser sees it. Parsing looks at no file and no table. */
export async function parseSelect(connection: DuckDBConnection, sql: string): Promise<ParsedSelect> {
  const { tree } = await queryRow<{ tree: string }>(
    connection,
    'SELECT json_serialize_sql($sql::VARCHAR, skip_null := true, skip_empty := true)::VARCHAR AS tree',
    { sql },
  );
  const { error, error_message, statements = [] } = serializedSchema.parse(JSON.parse(tree));
  if (error) return { kind: 'other', message: error_message ?? 'no SELECT' };
  const [first] = statements;
  if (first === undefined || statements.length > 1) {
    return { kind: 'other', message: `${String(statements.length)} statements` };
  }
  return { kind: 'select', root: first.node };
}

export interface AllowedNames {
  /** Tables that may be read, besides those that the text itself makes in a WITH. */
  readonly tables: readonly string[];
  /** Whether rows may be put together: aggregates, windows, subqueries. False for an expression over one row. */
  readonly rowsTogether: boolean;
}

/** Everything in the tree that is not allowed; none when the text is pure. */
export function refusals(root: Node, allowed: AllowedNames): readonly Refusal[] {
  const found: Refusal[] = [];
  const tables = new Set(allowed.tables.map((name) => name.toLowerCase()));
  walk(root, { tables, declared: allowed.tables, rowsTogether: allowed.rowsTogether, found });
  const seen = new Set<string>();
  return found.filter((refusal) => !seen.has(refusal.found) && seen.add(refusal.found));
}

interface Scope {
  readonly tables: ReadonlySet<string>;
  readonly declared: readonly string[];
  readonly rowsTogether: boolean;
  readonly found: Refusal[];
}

/** Table references and query nodes by type; all are plain reads of what stands inside them. */
const KNOWN_QUERIES = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE']);
const KNOWN_TABLES = new Set(['SUBQUERY', 'JOIN', 'EXPRESSION_LIST', 'EMPTY', 'PIVOT']);
const KNOWN_MODIFIERS = new Set([
  ...['ORDER_MODIFIER', 'LIMIT_MODIFIER', 'LIMIT_PERCENT_MODIFIER', 'DISTINCT_MODIFIER'],
  ...['ORDER_DEFAULT', 'ASCENDING', 'DESCENDING'],
]);
const KNOWN_CLASSES = new Set([
  ...['COLUMN_REF', 'CONSTANT', 'FUNCTION', 'WINDOW', 'STAR', 'COMPARISON', 'CONJUNCTION', 'OPERATOR', 'CASE', 'CAST'],
  ...['SUBQUERY', 'PARAMETER', 'POSITIONAL_REFERENCE', 'COLLATE', 'BETWEEN', 'LAMBDA', 'LAMBDA_REF', 'DEFAULT', 'TYPE'],
]);
const NOT_IN_EXPRESSIONS = new Set(['WINDOW', 'SUBQUERY', 'STAR', 'PARAMETER', 'POSITIONAL_REFERENCE']);

function walk(value: unknown, scope: Scope): void {
  if (Array.isArray(value)) {
    for (const entry of value) walk(entry, scope);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  if (typeof node['class'] === 'string') checkExpressionNode(node, node['class'], scope);
  else if (typeof node['type'] === 'string') checkOtherNode(node, node['type'], scope);
  if (node['type'] === 'TABLE_FUNCTION') {
    walk((node['function'] as Node | undefined)?.['children'], scope);
    return;
  }
  const inner = withCommonTables(node, scope);
  for (const [name, child] of Object.entries(node)) {
    // Constants and types hold values of the text, not more of its tree.
    if (name === 'cte_map' || name === 'cast_type') continue;
    if (name === 'value' && node['class'] === 'CONSTANT') continue;
    walk(child, inner);
  }
}

function checkExpressionNode(node: Node, kind: string, scope: Scope): void {
  if (!KNOWN_CLASSES.has(kind)) refuse(scope, `a ${kind} expression`, 'an expression over the columns');
  if (!scope.rowsTogether && NOT_IN_EXPRESSIONS.has(kind)) {
    refuse(scope, `a ${kind.toLowerCase()}`, 'an expression over the columns of one row');
  }
  if (kind === 'COLUMN_REF') checkColumn(node, scope);
  if (kind === 'FUNCTION' || kind === 'WINDOW') checkFunction(node, scope);
}

/** `current_date` and its like stand for the clock unless a column has that name; nobody should have to know which. */
function checkColumn(node: Node, scope: Scope): void {
  const names = node['column_names'];
  const [only] = Array.isArray(names) && names.length === 1 ? (names as unknown[]) : [];
  if (typeof only !== 'string' || !clockWords.has(only.toLowerCase())) return;
  refuse(scope, only.toLowerCase(), insteadOf(only.toLowerCase()));
}

function checkFunction(node: Node, scope: Scope): void {
  const name = textOf(node['function_name']).toLowerCase();
  const schema = textOf(node['schema']).toLowerCase();
  const aggregate = allowedAggregates.has(name);
  // With one argument `age` counts from today.
  const fromToday = name === 'age' && countOf(node['children']) !== 2;
  if (fromToday || !(allowedScalars.has(name) || (aggregate && scope.rowsTogether))) {
    const expected = aggregate ? 'an expression over the columns of one row' : insteadOf(name);
    refuse(scope, `${name}()`, expected);
  } else if (textOf(node['catalog']) !== '' || (schema !== '' && schema !== 'main')) {
    // A source that is a database may have functions of its own, under the same names.
    refuse(scope, `${schema}.${name}()`, `the function by itself: ${name}(${schema})`);
  }
}

function checkOtherNode(node: Node, type: string, scope: Scope): void {
  if (node['sample'] !== undefined && node['sample'] !== null) {
    refuse(scope, 'a random sample', 'a condition on md5_number_lower(key)');
  }
  if (type === 'TABLE_FUNCTION') checkTableFunction(node['function'], scope);
  else if (type === 'BASE_TABLE') checkTable(node, scope);
  else if (!KNOWN_QUERIES.has(type) && !KNOWN_TABLES.has(type) && !KNOWN_MODIFIERS.has(type)) {
    refuse(scope, type === 'SHOW_REF' ? 'a SHOW, DESCRIBE or SUMMARIZE' : `a ${type}`, 'a SELECT over the sources');
  }
}

/** The function of a FROM; its arguments are walked as any expression's. */
function checkTableFunction(call: unknown, scope: Scope): void {
  const node = (typeof call === 'object' && call !== null ? call : {}) as Node;
  const name = textOf(node['function_name']).toLowerCase();
  if (allowedTableFunctions.has(name)) return;
  refuse(scope, `${name}()`, insteadOf(name));
}

/** A name that is no table would be looked for as a file, so only names that are known are let through. */
function checkTable(node: Node, scope: Scope): void {
  const parts = [textOf(node['catalog_name']), textOf(node['schema_name']), textOf(node['table_name'])];
  const [catalog, schema, table] = parts as [string, string, string];
  if (node['at_clause'] !== undefined) refuse(scope, 'AT', 'the sources as they are');
  if (catalog === '' && schema === '' && scope.tables.has(table.toLowerCase())) return;
  const known = scope.declared.length === 0 ? 'no table' : `one of the sources ${scope.declared.join(', ')}`;
  refuse(scope, `the table ${parts.filter((part) => part !== '').join('.')}`, known);
}

/** Tables of a WITH are there for those after them and for the query itself, as the engine sees it. */
function withCommonTables(node: Node, scope: Scope): Scope {
  let inner = scope;
  if (typeof node['cte_name'] === 'string') inner = withTable(inner, node['cte_name']);
  const map = node['cte_map'] as { readonly map?: readonly Node[] } | undefined;
  for (const entry of map?.map ?? []) {
    walk(entry['value'], inner);
    inner = withTable(inner, textOf(entry['key']));
  }
  return inner;
}

function withTable(scope: Scope, name: string): Scope {
  return { ...scope, tables: new Set([...scope.tables, name.toLowerCase()]) };
}

/** A tree whose rows, or their values, may depend on the order in which a parallel engine happens to meet them. */
export function dependsOnOrder(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(dependsOnOrder);
  if (typeof value !== 'object' || value === null) return false;
  const node = value as Node;
  const { class: kind, type } = node;
  if (kind === 'WINDOW' || type === 'LIMIT_MODIFIER' || type === 'LIMIT_PERCENT_MODIFIER') return true;
  if (type === 'DISTINCT_MODIFIER' && countOf(node['distinct_on_targets']) > 0) return true;
  if (node['ref_type'] === 'ASOF' || node['ref_type'] === 'POSITIONAL') return true;
  if (kind === 'FUNCTION' && aggregatesByOrder.has(textOf(node['function_name']).toLowerCase())) return true;
  return Object.values(node).some(dependsOnOrder);
}

function refuse(scope: Scope, found: string, expected: string): void {
  scope.found.push({ found, expected });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function countOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
