import type { DuckDBConnection } from '@duckdb/node-api';
import type { SnapshotRequest } from '../../activities/ports/dataset.js';
import type { Store } from '../../activities/ports/store.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { Quarantine } from '../../domain/snapshot.js';
import { decideValidation } from '../../domain/validation/decide-validation.js';
import { judgeRule } from '../../domain/validation/judge-rule.js';
import type { RuleResult, SnapshotValidation, ValidationDecision } from '../../domain/validation/results.js';
import { rulesFor } from '../../domain/validation/rules-for.js';
import { isRowRule, type RowRule, type ValidationRule } from '../../domain/validation/rules.js';
import { carriedNames, type CarriedColumns } from './carried-columns.js';
import { measureRules } from './measure-rules.js';
import { quarantineRows } from './quarantine-rows.js';
import type { RuleQueryScope } from './rule-queries.js';
import { assertUsable, faultAggregates } from './snapshot-checks.js';
import type { StagedPart } from './snapshot-files.js';
import { sqlName } from './sql-text.js';

/** Rows as the dataset's SQL gave them. */
export interface CandidateRows {
  /** In key order. */
  readonly table: string;
  readonly request: SnapshotRequest;
  readonly carried: CarriedColumns;
  /** Names of the snapshot's columns. */
  readonly columns: readonly string[];
}

/** Candidate rows that were held to the rules. */
export interface ValidatedRows {
  /** Table of the rows that may be used, in key order, with the snapshot's columns alone. */
  readonly table: string;
  readonly rowsFound: number;
  readonly rows: number;
  readonly validation: SnapshotValidation;
  readonly quarantine: Quarantine | null;
  /** The quarantine file, not yet in the store. */
  readonly staged: StagedPart | null;
}

/**
 * Holds candidate rows to the rules: one pass counts everything, another one splits the rows when some have to be left
 * out. Rows that cannot be told apart throw BAD_DATA, and so does a stop of a labelled snapshot: nothing can be learned
 * or measured from it. A stopped scoring snapshot is a value, because a held window is an outcome.
 */
export async function validateRows(
  connection: DuckDBConnection,
  store: Pick<Store, 'stage'>,
  candidates: CandidateRows,
): Promise<ValidatedRows> {
  const { table, request, carried, columns } = candidates;
  const { definition, purpose } = request;
  const scope = scopeOf(candidates);
  const { rules, results, rowsFound } = await judgeRows(connection, candidates, scope);
  const leftOut = failedQuarantines(rules, results);
  const split =
    leftOut.length === 0 ? null : await quarantineRows(connection, store, { table, rules: leftOut, scope, columns });
  if (split === null) await dropCarried(connection, table, carried);
  const quarantinedRows = split?.quarantine.rows ?? 0;
  const { maxQuarantineShare } = definition.audit;
  const decision = decideValidation({ results, rowsFound, quarantinedRows, maxQuarantineShare });
  if (purpose === 'labelled' && decision.status === 'stopped') throw stopped(decision, results);
  return {
    table: split?.kept ?? table,
    rowsFound,
    rows: rowsFound - quarantinedRows,
    validation: { ...decision, results },
    quarantine: split === null ? null : describeQuarantine(split.quarantine, leftOut, results),
    staged: split?.quarantine ?? null,
  };
}

function scopeOf({ request, carried }: CandidateRows): RuleQueryScope {
  const { definition, asOf, reference } = request;
  const { dictionary = null, profile = null } = reference ?? {};
  return { definition, carried, asOf, dictionary, profile };
}

/** Counts and decides every rule. Throws BAD_DATA when rows cannot be told apart. */
async function judgeRows(
  connection: DuckDBConnection,
  { table, request, carried }: CandidateRows,
  scope: RuleQueryScope,
): Promise<{ rules: readonly ValidationRule[]; results: readonly RuleResult[]; rowsFound: number }> {
  const { definition, purpose, window, asOf } = request;
  const textColumns = [...carried.texts.keys()];
  const rules = rulesFor({ dataset: definition.dataset, declared: definition.validation, purpose, textColumns });
  const further = faultAggregates(definition, purpose);
  const counted = await measureRules(connection, { table, rules, scope, further });
  const rowsFound = await assertUsable(connection, table, counted.further, definition);
  const context = { rows: rowsFound, windowEnd: window.end, asOf, profile: scope.profile };
  const results = rules.flatMap((rule, k) => {
    const measure = counted.measures[k];
    return measure === undefined ? [] : judgeRule(rule, measure, context);
  });
  return { rules, results, rowsFound };
}

/** A rule that holds within its tolerance leaves its few failing rows where they are. */
function failedQuarantines(rules: readonly ValidationRule[], results: readonly RuleResult[]): readonly RowRule[] {
  const failed = new Set(results.filter(({ verdict }) => verdict === 'failed').map(({ rule }) => rule));
  return rules.filter(isRowRule).filter(({ name, severity }) => severity === 'quarantine' && failed.has(name));
}

function describeQuarantine(
  { ref, rows }: StagedPart & { readonly rows: number },
  rules: readonly RowRule[],
  results: readonly RuleResult[],
): Quarantine {
  const failing = (name: string) => results.find(({ rule }) => rule === name)?.failing ?? 0;
  return { file: ref, rows, reasons: Object.fromEntries(rules.map(({ name }) => [name, failing(name)])) };
}

async function dropCarried(connection: DuckDBConnection, table: string, carried: CarriedColumns): Promise<void> {
  for (const name of carriedNames(carried)) {
    await connection.run(`ALTER TABLE ${table} DROP COLUMN ${sqlName(name)}`);
  }
}

function stopped(decision: ValidationDecision, results: readonly RuleResult[]): PermanentFailure {
  const failed = results.filter(({ severity, verdict }) => severity === 'stop' && verdict === 'failed');
  const problems: Problem[] = failed.map(({ rule, why, limit }) => ({ field: rule, found: why, expected: limit }));
  const cap = decision.grounds.slice(failed.length).map((ground) => ({
    field: 'audit.maxQuarantineShare',
    found: ground,
    expected: 'fewer rows in quarantine',
  }));
  return new PermanentFailure('BAD_DATA', 'The dataset does not hold to its rules.', {
    problems: [...problems, ...cap],
  });
}
