import { describe, expect, it } from 'vitest';
import { judgeRule } from '../../../domain/validation/judge-rule.js';
import type { RuleMeasure, RuleResult } from '../../../domain/validation/results.js';
import type { BatchCheck, RowRule, ValidationRule } from '../../../domain/validation/rules.js';

const HOUR = 3_600_000;
const windowEnd = '2024-01-06T00:00:00.000Z';
const asOf = '2024-01-05T12:00:00.000Z';

const profile = {
  rows: 1000,
  numeric: {
    amount: { cuts: [10], shares: [0.5, 0.5], nullShare: 0.1 },
    full: { cuts: [1], shares: [1, 0], nullShare: 0 },
  },
  categorical: { colour: { values: ['red'], shares: [0.9] }, shop: { values: ['a'], shares: [1], nullShare: 0 } },
  scores: { mean: 0, cuts: [], shares: [] },
};

function judge(
  rule: ValidationRule,
  measure: Partial<RuleMeasure>,
  context: { readonly rows?: number; readonly profile?: null } = {},
): RuleResult {
  const counted = { checked: 1000, failing: null, value: null, bins: null, examples: [], ...measure };
  return judgeRule(rule, counted, { rows: counted.checked, windowEnd, asOf, profile, ...context });
}

function batch(check: BatchCheck): ValidationRule {
  return { ...check, name: check.check, severity: 'stop' };
}

function row(mostly: number): RowRule {
  return { check: 'in-range', column: 'amount', min: 0, max: null, name: 'amount', severity: 'stop', mostly };
}

describe('a rule that rows fail one by one', () => {
  it.each([
    [1, 100, 0, 'passed'],
    [1, 100, 1, 'failed'],
    [0.99, 100, 1, 'passed'],
    [0.99, 100, 2, 'failed'],
    // 0.07 x 100 is not 7 in binary, while 7 / 100 is the very number 0.07.
    [0.07, 100, 93, 'passed'],
    [0.07, 100, 94, 'failed'],
    [0, 100, 100, 'passed'],
    [1, 0, 0, 'passed'],
  ])('with mostly %d, %i rows and %i failing has %s', (mostly, checked, failing, verdict) => {
    expect(judge(row(mostly), { checked, failing }).verdict).toBe(verdict);
  });

  it('says how many, what is wrong, an example and the limit', () => {
    const { why, found, limit } = judge(row(0.99), { checked: 100, failing: 2, examples: ['-1', '-2'] });
    expect(why).toBe(
      '2 of 100 rows (share 0.02): amount is not at least 0, such as "-1", "-2"; expected: a share of at least 0.99 holds',
    );
    expect([found, limit]).toEqual([0.02, 'a share of at least 0.99 holds']);
  });
});

describe('a rule about the batch', () => {
  const cases: readonly (readonly [BatchCheck, Partial<RuleMeasure>, RuleResult['verdict']])[] = [
    [{ check: 'row-count', min: 10, max: 20 }, { checked: 9 }, 'failed'],
    [{ check: 'row-count', min: 10, max: 20 }, { checked: 10 }, 'passed'],
    [{ check: 'row-count', min: 10, max: 20 }, { checked: 20 }, 'passed'],
    [{ check: 'row-count', min: 10, max: 20 }, { checked: 21 }, 'failed'],
    [{ check: 'row-count', min: null, max: 20 }, { checked: 0 }, 'passed'],
    [{ check: 'row-count', min: 1, max: null }, { checked: 0 }, 'failed'],
    [{ check: 'present', column: 'amount', min: 5 }, { value: 4 }, 'failed'],
    [{ check: 'present', column: 'amount', min: 5 }, { value: 5 }, 'passed'],
    [{ check: 'null-share', column: 'amount', max: 0.3 }, { checked: 10, value: 3 }, 'passed'],
    [{ check: 'null-share', column: 'amount', max: 0.3 }, { checked: 10, value: 4 }, 'failed'],
    [{ check: 'distinct', column: 'colour', min: 2, max: 3 }, { value: 1 }, 'failed'],
    [{ check: 'distinct', column: 'colour', min: 2, max: 3 }, { value: 2 }, 'passed'],
    [{ check: 'distinct', column: 'colour', min: 2, max: 3 }, { value: 3 }, 'passed'],
    [{ check: 'distinct', column: 'colour', min: 2, max: 3 }, { value: 4 }, 'failed'],
    [{ check: 'not-constant', column: 'amount' }, { checked: 2, value: 1 }, 'failed'],
    [{ check: 'not-constant', column: 'amount' }, { checked: 2, value: 2 }, 'passed'],
    [{ check: 'not-constant', column: 'amount' }, { checked: 1, value: 1 }, 'unmeasured'],
    [{ check: 'fresh', column: null, withinMs: HOUR }, { value: Date.parse(windowEnd) - HOUR }, 'passed'],
    [{ check: 'fresh', column: null, withinMs: HOUR }, { value: Date.parse(windowEnd) - HOUR - 1 }, 'failed'],
    [{ check: 'fresh', column: 'loaded_at', withinMs: HOUR }, { value: Date.parse(asOf) - HOUR }, 'passed'],
    [{ check: 'fresh', column: 'loaded_at', withinMs: HOUR }, { value: Date.parse(asOf) - HOUR - 1 }, 'failed'],
    [{ check: 'fresh', column: 'loaded_at', withinMs: HOUR }, { value: Date.parse(asOf) + HOUR }, 'passed'],
    [{ check: 'fresh', column: 'loaded_at', withinMs: HOUR }, { value: null }, 'unmeasured'],
  ];

  it.each(cases)('%j with %j has %s', (check, measure, verdict) => {
    expect(judge(batch(check), measure).verdict).toBe(verdict);
  });

  it('is not measured in an empty batch, a row count apart', () => {
    const rule = batch({ check: 'present', column: 'amount', min: 5 });
    expect(judge(rule, { checked: 0, value: 0 })).toMatchObject({
      verdict: 'unmeasured',
      why: 'not measured: there are no rows',
    });
  });
});

describe('the share of missing values against the training rows', () => {
  const within = (max: number, unit: 'share' | 'deviations', column = 'amount') =>
    batch({ check: 'null-share-change', column, max, unit });

  it.each([
    // The champion had a tenth missing: 0.05 more, 0.05 less, and a row beyond either.
    [150, 'passed'],
    [151, 'failed'],
    [50, 'passed'],
    [49, 'failed'],
  ])('of %i in 1000 rows, within 0.05 of a tenth', (value, verdict) => {
    expect(judge(within(0.05, 'share'), { value }).verdict).toBe(verdict);
  });

  it.each([
    // The deviation of the difference is sqrt(0.1 x 0.9 x (1/1000 + 1/1000)) = 0.013416; three of them are 0.040249.
    [140, 'passed'],
    [141, 'failed'],
    [60, 'passed'],
    [59, 'failed'],
  ])('of %i in 1000 rows, within three deviations of a tenth', (value, verdict) => {
    expect(judge(within(3, 'deviations'), { value }).verdict).toBe(verdict);
  });

  it('allows none in deviations where the training rows had none', () => {
    expect(judge(within(3, 'deviations', 'full'), { value: 0 }).verdict).toBe('passed');
    expect(judge(within(3, 'deviations', 'full'), { value: 1 }).verdict).toBe('failed');
    expect(judge(within(0.05, 'share', 'shop'), { value: 51 }).verdict).toBe('failed');
  });

  it.each([
    ['the profile does not know it', within(0.05, 'share', 'colour'), {}, {}],
    ['there are 199 rows', within(0.05, 'share'), { checked: 199, value: 0 }, {}],
    ['there is no champion', within(0.05, 'share'), { value: 0 }, { profile: null }],
  ])('is not measured when %s', (_, rule, measure, context) => {
    expect(judge(rule, measure, context).verdict).toBe('unmeasured');
  });

  it('is measured from 200 rows on', () => {
    expect(judge(within(0.05, 'share'), { checked: 200, value: 20 }).verdict).toBe('passed');
  });
});

describe('the distribution against the training rows', () => {
  const numbers = (max: number) => batch({ check: 'distribution', column: 'amount', max });
  const categories = (max: number) => batch({ check: 'distribution', column: 'colour', max });

  it.each([
    // Nine tenths of the training rows were red. Chance alone reaches 0.0467: 3.4808 deviations of 0.013416 in two bins.
    [850, 'passed'],
    [849, 'failed'],
    [950, 'passed'],
    [951, 'failed'],
  ])('of %i red among 1000 rows, within 0.05 by L-infinity', (red, verdict) => {
    expect(judge(categories(0.05), { bins: [red, 1000 - red] }).verdict).toBe(verdict);
  });

  it('has a limit no tighter than what chance alone gives', () => {
    expect(judge(categories(0), { bins: [854, 146] }).verdict).toBe('passed');
    expect(judge(categories(0), { bins: [853, 147] }).verdict).toBe('failed');
  });

  it('is the Jensen-Shannon distance for numbers, missing ones in a bin of their own', () => {
    // Shares 0.45, 0.45, 0.1 then and 0.2, 0.7, 0.1 now: the divergence is 0.055349 bits, its root 0.235265.
    const moved = { bins: [200, 700, 100] };
    expect(judge(numbers(0.2353), moved)).toMatchObject({
      verdict: 'passed',
      found: expect.closeTo(0.235265, 6) as number,
    });
    expect(judge(numbers(0.2352), moved).verdict).toBe('failed');
  });

  it.each([
    ['there are 199 rows', { checked: 199, bins: [100, 99, 0] }],
    ['the rows were counted into other bins', { bins: [500, 500] }],
    ['the rows were not counted into bins', { bins: null }],
  ])('is not measured when %s', (_, measure) => {
    expect(judge(numbers(0.1), measure).verdict).toBe('unmeasured');
  });
});
