import { judgeBatchRule, type BatchContext } from './judge-batch-rule.js';
import type { RuleMeasure, RuleResult } from './results.js';
import { describeFault, describeLimit, shortNumber } from './rule-words.js';
import { isRowRule, type RepetitionRule, type RowRule, type ValidationRule } from './rules.js';

/** Decides one rule from what was counted for it. */
export function judgeRule(rule: ValidationRule, measure: RuleMeasure, context: BatchContext): RuleResult {
  return isRowRule(rule) || rule.check === 'unique' || rule.check === 'no-duplicate-rows'
    ? judgeCountedRule(rule, measure)
    : judgeBatchRule(rule, measure, context);
}

/** Holds when the share of holding rows reaches `mostly`; where there are no rows to ask, nothing fails. */
function judgeCountedRule(rule: RowRule | RepetitionRule, measure: RuleMeasure): RuleResult {
  const { checked, failing, examples } = measure;
  const common = { rule: rule.name, severity: rule.severity, checked, failing, limit: describeLimit(rule), examples };
  if (failing === null) {
    const why = 'the champion knows no values of this column';
    return { ...common, verdict: 'unmeasured', found: null, why };
  }
  const holds = checked === 0 || (checked - failing) / checked >= rule.mostly;
  const found = checked === 0 ? 0 : failing / checked;
  return { ...common, verdict: holds ? 'passed' : 'failed', found, why: explain(rule, measure, found) };
}

function explain(rule: RowRule | RepetitionRule, { checked, failing, examples }: RuleMeasure, found: number): string {
  if (failing === 0) return `all of ${String(checked)} rows hold`;
  const such = examples.length === 0 ? '' : `, such as ${examples.map((text) => JSON.stringify(text)).join(', ')}`;
  const counted = `${String(failing)} of ${String(checked)} rows (share ${shortNumber(found)})`;
  return `${counted}: ${describeFault(rule)}${such}; expected: ${describeLimit(rule)}`;
}
