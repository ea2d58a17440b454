import { z } from 'zod';
import { defaultRuleName, type ValidationRule } from '../domain/validation/rules.js';
import { atLeast, column, count, positiveDuration, share, text } from './pipeline-definition-fields.js';

const severity = z.enum(['stop', 'quarantine', 'warn'], 'stop, quarantine or warn').default('stop');
const name = text('a name for the rule').optional();
const common = { name, severity };
const tolerant = { ...common, mostly: share('a share from 0 to 1').default(1) };
const bound = z.number('a number, or null').nullable().default(null);
const wholeBound = count(0).nullable().default(null);

const rule = z.discriminatedUnion(
  'check',
  [
    z.strictObject({ check: z.literal('numeric'), column, ...tolerant }),
    z.strictObject({ check: z.literal('finite'), column, ...tolerant }),
    z.strictObject({ check: z.literal('not-null'), column, ...tolerant }),
    z.strictObject({ check: z.literal('in-range'), column, min: bound, max: bound, ...tolerant }),
    z.strictObject({
      check: z.literal('one-of'),
      column,
      values: z.union(
        [z.literal('training'), z.array(z.string('a text')).min(1, 'at least one value')],
        "a list of texts, or 'training'",
      ),
      ...tolerant,
    }),
    z.strictObject({ check: z.literal('matches'), column, pattern: text('a regular expression'), ...tolerant }),
    z.strictObject({ check: z.literal('not-in-future'), column, ...tolerant }),
    z.strictObject({ check: z.literal('unique'), columns: z.array(column).min(1, 'at least one column'), ...tolerant }),
    z.strictObject({ check: z.literal('no-duplicate-rows'), ...tolerant }),
    z.strictObject({ check: z.literal('row-count'), min: wholeBound, max: wholeBound, ...common }),
    z.strictObject({ check: z.literal('present'), column, min: count(1), ...common }),
    z.strictObject({ check: z.literal('null-share'), column, max: share('a share from 0 to 1'), ...common }),
    z.strictObject({
      check: z.literal('null-share-change'),
      column,
      max: atLeast(0),
      unit: z.enum(['share', 'deviations'], 'share or deviations'),
      ...common,
    }),
    z.strictObject({ check: z.literal('distinct'), column, min: wholeBound, max: wholeBound, ...common }),
    z.strictObject({ check: z.literal('not-constant'), column, ...common }),
    z.strictObject({
      check: z.literal('fresh'),
      column: column.nullable().default(null),
      within: positiveDuration,
      ...common,
    }),
    z.strictObject({ check: z.literal('distribution'), column, max: share('a distance from 0 to 1'), ...common }),
  ],
  'a rule such as notNull(…), inRange(…) or fresh(…)',
);

/** A rule as the helpers write it: durations as text, defaults left out. */
export type RuleInput = z.input<typeof rule>;
/** The same with defaults filled in, before it is known to be consistent. */
export type RuleSection = z.output<typeof rule>;

/** The `validation` section of a definition. */
export const validationSection = z.array(rule, 'a list of rules').default([]);

/** What a rule is called, given or not. */
export function ruleName(section: RuleSection): string {
  return section.name ?? defaultRuleName(section);
}

/** A consistent rule as Gauntlet works with it. */
export function toValidationRule(section: RuleSection): ValidationRule {
  const named = { ...section, name: ruleName(section) };
  if (named.check !== 'fresh') return named as ValidationRule;
  const { within, ...rest } = named;
  return { ...rest, withinMs: within } as ValidationRule;
}
