import type { TrainingProfile } from '../../domain/model-bundle.js';
import type { RuleMeasure } from '../../domain/validation/results.js';
import { isRowRule, type BatchRule, type RepetitionRule, type ValidationRule } from '../../domain/validation/rules.js';
import { rowTest, ruleColumn, type RuleScope } from './row-rules.js';
import { sqlName, sqlString } from './sql-text.js';

/** What of the champion rules are compared with, besides what row rules need. */
export interface RuleQueryScope extends RuleScope {
  readonly profile: TrainingProfile | null;
}

/** Aggregates over all candidate rows, and what their values mean. */
export interface RuleQuery {
  readonly aggregates: readonly string[];
  read(values: readonly (number | null)[]): Omit<RuleMeasure, 'examples'>;
}

/** The rule as aggregates, so that all rules are counted in one pass. */
export function ruleQuery(rule: ValidationRule, scope: RuleQueryScope): RuleQuery {
  if (isRowRule(rule)) {
    const test = rowTest(rule, scope);
    if (test === null) return { aggregates: [], read: () => unmeasured };
    return failingRows(`count(*) FILTER (${test.applies})`, `count(*) FILTER (${test.fails})`);
  }
  if (rule.check === 'unique' || rule.check === 'no-duplicate-rows') return repeatedRows(rule, scope);
  return batchQuery(rule, scope);
}

const unmeasured = { checked: 0, failing: null, value: null, bins: null };

function failingRows(checked: string, failing: string): RuleQuery {
  return {
    aggregates: [checked, failing],
    read: ([rows, failed]) => ({ checked: rows ?? 0, failing: failed ?? 0, value: null, bins: null }),
  };
}

/** Rows beyond the first of their values. */
function repeatedRows(rule: RepetitionRule, scope: RuleQueryScope): RuleQuery {
  const columns = repetitionColumns(rule, scope);
  const asked =
    rule.check === 'unique' ? `FILTER (${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')})` : '';
  const checked = `count(*) ${asked}`;
  return failingRows(checked, `${checked} - count(DISTINCT (${columns.join(', ')})) ${asked}`);
}

export function repetitionColumns(rule: RepetitionRule, scope: RuleScope): readonly string[] {
  if (rule.check === 'unique') return rule.columns.map((name) => ruleColumn(name, scope));
  return ['entity', 'event_time', ...scope.definition.dataset.features.map(({ name }) => sqlName(name))];
}

function batchQuery(rule: BatchRule, scope: RuleQueryScope): RuleQuery {
  if (rule.check === 'row-count') return measured('count(*)', 'count(*)');
  if (rule.check === 'fresh') {
    const column = rule.column === null ? 'event_time' : ruleColumn(rule.column, scope);
    return measured(`count(${column})`, `epoch_ms(max(${column}))`);
  }
  const column = ruleColumn(rule.column, scope);
  switch (rule.check) {
    case 'present':
      return measured('count(*)', `count(${column})`);
    case 'null-share':
    case 'null-share-change':
      return measured('count(*)', `count(*) - count(${column})`);
    case 'distinct':
    case 'not-constant':
      return measured(`count(${column})`, `count(DISTINCT ${column})`);
    case 'distribution':
      return binQuery(rule.column, column, scope.profile);
  }
}

function measured(checked: string, value: string): RuleQuery {
  return {
    aggregates: [checked, value],
    read: ([rows, found]) => ({ checked: rows ?? 0, failing: null, value: found ?? null, bins: null }),
  };
}

/** Rows in the bins of the profile: numbers between its cuts and then the rest, listed categories and then the rest. */
function binQuery(feature: string, column: string, profile: TrainingProfile | null): RuleQuery {
  const cuts = profile?.numeric[feature]?.cuts;
  const values = profile?.categorical[feature]?.values;
  if (cuts !== undefined) {
    const upTo = cuts.map((cut) => `count(*) FILTER (${column} <= ${String(cut)}::DOUBLE)`);
    return {
      aggregates: ['count(*)', ...upTo, `count(*) FILTER (${column} IS NOT NULL AND NOT isnan(${column}))`],
      read: ([rows, ...reached]) => {
        const counts = reached.map((count, bin) => (count ?? 0) - (reached[bin - 1] ?? 0));
        return { ...unmeasured, checked: rows ?? 0, bins: [...counts, (rows ?? 0) - (reached.at(-1) ?? 0)] };
      },
    };
  }
  if (values === undefined)
    return { aggregates: ['count(*)'], read: ([rows]) => ({ ...unmeasured, checked: rows ?? 0 }) };
  return {
    aggregates: ['count(*)', ...values.map((value) => `count(*) FILTER (${column} = ${sqlString(value)})`)],
    read: ([rows, ...found]) => {
      const counts = found.map((count) => count ?? 0);
      const listed = counts.reduce((sum, count) => sum + count, 0);
      return { ...unmeasured, checked: rows ?? 0, bins: [...counts, (rows ?? 0) - listed] };
    },
  };
}
