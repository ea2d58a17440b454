import type { CategoryDictionary } from '../../domain/model-bundle.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { RowRule } from '../../domain/validation/rules.js';
import type { CarriedColumns } from './carried-columns.js';
import { sqlName, sqlString, sqlTimestamp } from './sql-text.js';

/** Where the rules of a definition are asked: a table of candidate rows, and what they are compared with. */
export interface RuleScope {
  readonly definition: PipelineDefinition;
  readonly carried: CarriedColumns;
  readonly asOf: string;
  /** Null where no champion is compared with. */
  readonly dictionary: CategoryDictionary | null;
}

/** A row rule in SQL. Both tests are true or false, never NULL. */
export interface RowTest {
  /** Rows that the rule can be asked of. */
  readonly applies: string;
  readonly fails: string;
  /** The value to show as an example; null where there is none to show. */
  readonly shown: string | null;
}

/** The rule as SQL over the candidate rows; null when the champion's dictionary does not have the column. */
export function rowTest(rule: RowRule, scope: RuleScope): RowTest | null {
  const column = ruleColumn(rule.column, scope);
  const text = textColumn(rule.column, scope);
  const valued = (fails: string): RowTest => ({
    applies: `${column} IS NOT NULL`,
    fails: `(${column} IS NOT NULL AND ${fails})`,
    shown: `${column}::VARCHAR`,
  });
  switch (rule.check) {
    case 'numeric':
      if (text === null) return { applies: `${column} IS NOT NULL`, fails: 'false', shown: null };
      return { applies: `${text} IS NOT NULL`, fails: `(${text} IS NOT NULL AND ${column} IS NULL)`, shown: text };
    case 'finite':
      return valued(`NOT isfinite(${column})`);
    case 'not-null':
      // Text that is no number is wrong, but not missing.
      return { applies: 'true', fails: `(${text ?? column} IS NULL)`, shown: null };
    case 'in-range':
      return valued(outOfRange(column, rule));
    case 'one-of': {
      const values = rule.values === 'training' ? scope.dictionary?.[rule.column] : rule.values;
      if (values === undefined) return null;
      return valued(values.length === 0 ? 'true' : `${column} NOT IN (${values.map(sqlString).join(', ')})`);
    }
    case 'matches':
      return valued(`NOT regexp_full_match(${column}, ${sqlString(rule.pattern)})`);
    case 'not-in-future':
      return valued(`${column} > ${sqlTimestamp(scope.asOf)}`);
  }
}

/** NaN is within no range; DuckDB by itself takes it for the largest number. */
function outOfRange(
  column: string,
  { min, max }: { readonly min: number | null; readonly max: number | null },
): string {
  const tests = [
    `isnan(${column})`,
    ...(min === null ? [] : [`${column} < ${String(min)}::DOUBLE`]),
    ...(max === null ? [] : [`${column} > ${String(max)}::DOUBLE`]),
  ];
  return `(${tests.join(' OR ')})`;
}

/** A column of the definition as the candidate rows have it. */
export function ruleColumn(name: string, { definition, carried }: RuleScope): string {
  const { features, key, entity, eventTime } = definition.dataset;
  const time = carried.times.get(name);
  if (time !== undefined) return sqlName(time);
  if (features.some((feature) => feature.name === name)) return sqlName(name);
  const own = new Map([
    [key, 'row_key'],
    [entity, 'entity'],
    [eventTime, 'event_time'],
  ]);
  return sqlName(own.get(name) ?? name);
}

function textColumn(name: string, { carried }: RuleScope): string | null {
  const text = carried.texts.get(name);
  return text === undefined ? null : sqlName(text);
}
