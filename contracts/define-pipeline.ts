import type { Severity } from '../domain/validation/rules.js';
import type { PipelineInput } from './pipeline-definition.js';
import type { RuleInput } from './validation-rules.js';

export * from './define-gates.js';
export * from './define-rollout.js';
export type { PipelineInput } from './pipeline-definition.js';

/**
 * What a definition file exports. It only gives the object its type: the definition is checked when it is loaded, where
 * every problem is reported at once.
 */
export function definePipeline(input: PipelineInput): PipelineInput {
  return input;
}

/** A rule stops the batch unless it says otherwise; a name is needed where two rules would be called the same. */
interface RuleOptions {
  readonly severity?: Severity;
  readonly name?: string;
}

/** For rules that rows can fail one by one. */
interface RowRuleOptions extends RuleOptions {
  /** Share of the rows that must hold, 1 when left out; a rule that holds does nothing about the rows that do not. */
  readonly mostly?: number;
}

/** Text in a numeric feature is a number. It holds of every numeric feature anyway, by quarantine. */
export function numeric(column: string, options: RowRuleOptions = {}): RuleInput {
  return { check: 'numeric', column, ...options };
}

/** Neither NaN nor infinite. It holds of every numeric feature anyway, by quarantine. */
export function finite(column: string, options: RowRuleOptions = {}): RuleInput {
  return { check: 'finite', column, ...options };
}

/** A value in every row. */
export function notNull(column: string, options: RowRuleOptions = {}): RuleInput {
  return { check: 'not-null', column, ...options };
}

/** Numbers from `min` to `max`, both allowed. */
export function inRange(
  column: string,
  limits: RowRuleOptions & { readonly min?: number; readonly max?: number },
): RuleInput {
  return { check: 'in-range', column, ...limits };
}

/** Values from a list, or with `'training'` those that the champion was trained on. */
export function oneOf(column: string, values: readonly string[] | 'training', options: RowRuleOptions = {}): RuleInput {
  return { check: 'one-of', column, values: typeof values === 'string' ? values : [...values], ...options };
}

/** The whole value matches a regular expression (RE2: no look-ahead, no references). */
export function matches(column: string, pattern: string, options: RowRuleOptions = {}): RuleInput {
  return { check: 'matches', column, pattern, ...options };
}

/** Recorded by the data clock; the column is any timestamp that the dataset's SQL gives. */
export function notInFuture(column: string, options: RowRuleOptions = {}): RuleInput {
  return { check: 'not-in-future', column, ...options };
}

/** No value, or no combination of values, twice. Rows with a missing value are not asked. */
export function unique(
  columns: string | readonly string[],
  options: RuleOptions & { readonly mostly?: number } = {},
): RuleInput {
  return { check: 'unique', columns: typeof columns === 'string' ? [columns] : [...columns], ...options };
}

/** No row that equals another one in entity, event time and every feature. */
export function noDuplicateRows(options: RuleOptions & { readonly mostly?: number } = {}): RuleInput {
  return { check: 'no-duplicate-rows', ...options };
}

/** Rows of a scored window, before quarantine. The share of the usual number is part of the audit. */
export function rowCount(limits: RuleOptions & { readonly min?: number; readonly max?: number }): RuleInput {
  return { check: 'row-count', ...limits };
}

/** At least so many rows of a scored window have a value. */
export function present(column: string, limits: RuleOptions & { readonly min: number }): RuleInput {
  return { check: 'present', column, ...limits };
}

/** At most this share of the rows has no value. */
export function nullShare(column: string, limits: RuleOptions & { readonly max: number }): RuleInput {
  return { check: 'null-share', column, ...limits };
}

/**
 * The share of rows without a value is close to that of the champion's training rows: within `share` (0.05 when left
 * out), or within a number of standard deviations.
 */
export function nullShareAsTrained(
  column: string,
  { share, deviations, ...options }: RuleOptions & { readonly share?: number; readonly deviations?: number } = {},
): RuleInput {
  const rule = { check: 'null-share-change', column, ...options } as const;
  return deviations === undefined
    ? { ...rule, max: share ?? 0.05, unit: 'share' }
    : { ...rule, max: deviations, unit: 'deviations' };
}

/** How many different values a scored window has. */
export function distinctCount(
  column: string,
  limits: RuleOptions & { readonly min?: number; readonly max?: number },
): RuleInput {
  return { check: 'distinct', column, ...limits };
}

/** More than one value. */
export function notConstant(column: string, options: RuleOptions = {}): RuleInput {
  return { check: 'not-constant', column, ...options };
}

/**
 * The newest event lies at most `within` before the window's end; with a column, its newest instant at most that long
 * before the data clock.
 */
export function fresh(limits: RuleOptions & { readonly within: string; readonly column?: string }): RuleInput {
  return { check: 'fresh', ...limits };
}

/**
 * Distributed like the champion's training rows: L-infinity distance of categories, Jensen-Shannon distance (base 2) of
 * numbers in the profile's bins, at most `max`, 0.1 when left out.
 */
export function distributedAsTrained(
  column: string,
  { max, ...options }: RuleOptions & { readonly max?: number } = {},
): RuleInput {
  return { check: 'distribution', column, max: max ?? 0.1, ...options };
}
