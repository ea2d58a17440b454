import { formatDuration } from '../duration.js';
import { isRowRule, type RepetitionRule, type RowRule, type ValidationRule } from './rules.js';

/** What is wrong with a row that fails, as it follows "3 of 1000 rows:". */
export function describeFault(rule: RowRule | RepetitionRule): string {
  switch (rule.check) {
    case 'numeric':
      return `${rule.column} is not a number`;
    case 'finite':
      return `${rule.column} is NaN or infinite`;
    case 'not-null':
      return `${rule.column} is missing`;
    case 'in-range':
      return `${rule.column} is not ${describeRange(rule.min, rule.max)}`;
    case 'one-of':
      return rule.values === 'training'
        ? `${rule.column} has a value that the champion was not trained on`
        : `${rule.column} is none of the ${String(rule.values.length)} allowed values`;
    case 'matches':
      return `${rule.column} does not match ${rule.pattern}`;
    case 'not-in-future':
      return `${rule.column} lies after the data clock`;
    case 'unique':
      return `${rule.columns.join(', ')} repeat another row's`;
    case 'no-duplicate-rows':
      return 'everything but the key repeats another row';
  }
}

/** The limit of a rule, as it follows "expected". */
export function describeLimit(rule: ValidationRule): string {
  if (isRowRule(rule) || rule.check === 'unique' || rule.check === 'no-duplicate-rows') {
    return rule.mostly === 1 ? 'every row holds' : `a share of at least ${String(rule.mostly)} holds`;
  }
  switch (rule.check) {
    case 'row-count':
    case 'distinct':
      return describeRange(rule.min, rule.max);
    case 'present':
      return `at least ${String(rule.min)}`;
    case 'null-share':
    case 'distribution':
      return `at most ${String(rule.max)}`;
    case 'null-share-change':
      return `within ${String(rule.max)}${rule.unit === 'share' ? '' : ' standard deviations'} of the training rows`;
    case 'not-constant':
      return 'more than one value';
    case 'fresh':
      return `at most ${formatDuration(rule.withinMs)}`;
  }
}

/** `between 0 and 6000`, `at least 0` or `at most 6000`. */
function describeRange(min: number | null, max: number | null): string {
  if (min === null) return `at most ${String(max)}`;
  return max === null ? `at least ${String(min)}` : `between ${String(min)} and ${String(max)}`;
}

/** Four digits, for reading. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
