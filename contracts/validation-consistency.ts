import type { Problem } from '../domain/failure-types.js';
import { isRowCheck } from '../domain/validation/rules.js';
import type { PipelineSections } from './pipeline-definition.js';
import { ruleName, type RuleSection } from './validation-rules.js';

type Given = Partial<PipelineSections>;

/** What must hold of a definition's rules; every problem of every rule is found. */
export function findValidationProblems({ validation, dataset, label }: Given): Problem[] {
  const rules = validation ?? [];
  const columns = dataset === undefined ? null : columnsOf(dataset);
  return rules.flatMap((rule, index) => [
    ...boundsInOrder(rule, `validation.${String(index)}`),
    ...patternCompiles(rule, `validation.${String(index)}`),
    ...onlyRowsAreQuarantined(rule, `validation.${String(index)}`),
    ...nameIsFree(rule, rules.slice(0, index), `validation.${String(index)}`),
    ...(columns === null ? [] : columnsFit(rule, columns, `validation.${String(index)}`)),
    ...timesAreOfRecording(rule, [dataset?.eventTime, label?.availableAt], `validation.${String(index)}`),
  ]);
}

function boundsInOrder(rule: RuleSection, field: string): Problem[] {
  if (rule.check !== 'in-range' && rule.check !== 'row-count' && rule.check !== 'distinct') return [];
  const { min, max } = rule;
  if (min === null && max === null) return [{ field, found: 'neither min nor max', expected: 'min, max or both' }];
  if (min === null || max === null || min <= max) return [];
  return [{ field: `${field}.min`, found: String(min), expected: `at most max, ${String(max)}` }];
}

/** DuckDB's expressions are RE2's, which know no looking around and no references to what was matched. */
function patternCompiles(rule: RuleSection, field: string): Problem[] {
  if (rule.check !== 'matches') return [];
  const problem = (expected: string) => [{ field: `${field}.pattern`, found: JSON.stringify(rule.pattern), expected }];
  if (/\(\?<?[=!]/.test(rule.pattern)) return problem('an expression without look-ahead and look-behind');
  if (/\\[1-9]/.test(rule.pattern)) return problem('an expression without references to groups');
  try {
    new RegExp(rule.pattern);
    return [];
  } catch (error) {
    return problem(`a regular expression (${error instanceof Error ? error.message : String(error)})`);
  }
}

function onlyRowsAreQuarantined(rule: RuleSection, field: string): Problem[] {
  if (rule.severity !== 'quarantine' || isRowCheck(rule.check)) return [];
  const found = `quarantine for ${rule.check}`;
  return [{ field: `${field}.severity`, found, expected: 'stop or warn: the rule does not say which rows are wrong' }];
}

function nameIsFree(rule: RuleSection, earlier: readonly RuleSection[], field: string): Problem[] {
  const name = ruleName(rule);
  if (!earlier.some((other) => ruleName(other) === name)) return [];
  return [{ field: `${field}.name`, found: `a second rule called ${name}`, expected: 'a name of its own: name: "…"' }];
}

interface Columns {
  readonly numeric: readonly string[];
  readonly categorical: readonly string[];
  /** Key and entity: text, as categorical features are. */
  readonly names: readonly string[];
  readonly eventTime: string;
}

function columnsOf({ features, key, entity, eventTime }: NonNullable<Given['dataset']>): Columns {
  const ofKind = (wanted: string) =>
    Object.entries(features)
      .filter(([, kind]) => kind === wanted)
      .map(([name]) => name);
  return { numeric: ofKind('numeric'), categorical: ofKind('categorical'), names: [key, entity], eventTime };
}

function columnsFit(rule: RuleSection, columns: Columns, field: string): Problem[] {
  const allowed = allowedColumns(rule, columns);
  if (allowed === null) return [];
  const { names, what } = allowed;
  const asked = 'columns' in rule ? rule.columns : 'column' in rule && rule.column !== null ? [rule.column] : [];
  return asked
    .filter((name) => !names.includes(name))
    .map((name) => ({
      field: 'columns' in rule ? `${field}.columns` : `${field}.column`,
      found: JSON.stringify(name),
      expected: names.length === 0 ? `${what}, of which there are none` : `${what}: ${names.join(', ')}`,
    }));
}

/** Null where there is no column, or it may be any that the dataset's SQL gives, which is known when it runs. */
function allowedColumns(rule: RuleSection, columns: Columns): { names: readonly string[]; what: string } | null {
  const { numeric, categorical, names, eventTime } = columns;
  const every = [...new Set([...numeric, ...categorical, ...names, eventTime])];
  switch (rule.check) {
    case 'numeric':
    case 'finite':
    case 'in-range':
      return { names: numeric, what: 'one of the numeric features' };
    case 'matches':
      return { names: [...new Set([...categorical, ...names])], what: 'a categorical feature, the key or the entity' };
    case 'one-of':
      return rule.values === 'training'
        ? { names: categorical, what: 'one of the categorical features' }
        : { names: [...new Set([...categorical, ...names])], what: 'a categorical feature, the key or the entity' };
    case 'null-share-change':
    case 'distribution':
      return { names: [...numeric, ...categorical], what: 'one of the features' };
    case 'not-in-future':
    case 'fresh':
      return null;
    case 'row-count':
    case 'no-duplicate-rows':
      return null;
    case 'not-null':
    case 'unique':
    case 'present':
    case 'null-share':
    case 'distinct':
    case 'not-constant':
      return { names: every, what: 'a feature, the key, the entity or the event time' };
  }
}

/** Events of a window that is scored, and the labels of its rows, lie ahead of the data clock by design. */
function timesAreOfRecording(rule: RuleSection, ahead: readonly (string | undefined)[], field: string): Problem[] {
  if ((rule.check !== 'not-in-future' && rule.check !== 'fresh') || rule.column === null) return [];
  if (!ahead.includes(rule.column)) return [];
  const expected =
    rule.check === 'fresh'
      ? 'no column, for the newest event, or one that says when a row was recorded'
      : 'a column that says when a row was recorded';
  const found = `${rule.column}, which lies ahead of the data clock by design`;
  return [{ field: `${field}.column`, found, expected }];
}
