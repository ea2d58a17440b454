import { describe, expect, test } from 'vitest';
import type { Comparison, FoldComparison, MetricEstimate } from '../../../domain/gates/comparison.js';
import type { DirectedMetric } from '../../../domain/metrics.js';
import type { GateRule } from '../../../domain/gates/gate-rule.js';
import {
  comparison,
  comparisonWith,
  difference,
  differences,
  estimates,
  unmeasured,
} from '../../support/comparisons.js';
import { checkOne } from '../../support/gate-checks.js';

const estimate = (value: number, half: number): MetricEstimate => ({
  value,
  lower: value - half,
  upper: value + half,
  se: half / 2,
  blocks: 28,
  reason: null,
});
const withChallenger = (changed: Parameters<typeof estimates>[0]): { readonly comparison: Comparison } => ({
  comparison: comparison({
    pooled: { champion: estimates(), challenger: estimates(changed), differences: differences(), deLong: null },
  }),
});

// Binary fractions, so that an interval can end exactly on the limit.
describe('floor', () => {
  const floor = (metric: DirectedMetric): GateRule => ({ check: 'floor', metric, limit: 0.75 });

  test.each([
    ['pass', 0.875],
    ['pass', 0.8125],
    ['inconclusive', 0.78125],
    ['inconclusive', 0.75],
    ['inconclusive', 0.6875],
    ['fail', 0.65625],
  ])('is %s at %d with an interval of 0.0625 to both sides', (verdict, value) => {
    const check = checkOne(floor('auc'), withChallenger({ auc: estimate(value, 0.0625) }));
    expect(check).toMatchObject({ verdict, value, limit: 0.75, rows: 10_000 });
    expect(check.interval).toEqual({ lower: value - 0.0625, upper: value + 0.0625 });
  });

  test.each([
    ['pass', 0.6875],
    ['inconclusive', 0.71875],
    ['inconclusive', 0.8125],
    ['fail', 0.84375],
  ])('is a ceiling where less is better: %s at %d', (verdict, value) => {
    expect(checkOne(floor('logLoss'), withChallenger({ logLoss: estimate(value, 0.0625) })).verdict).toBe(verdict);
  });

  test('is inconclusive with the reason where the metric or its interval is missing', () => {
    const oneClass = checkOne(floor('auc'), withChallenger({ auc: unmeasured('none of the 50 labels is positive') }));
    expect(oneClass).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(oneClass.why).toContain('none of the 50 labels is positive');
    const short = { ...estimate(0.9, 0), lower: null, upper: null, se: null, reason: '3 days are too few' };
    expect(checkOne(floor('auc'), withChallenger({ auc: short }))).toMatchObject({
      verdict: 'inconclusive',
      value: 0.9,
    });
  });
});

describe('better', () => {
  const better = (metric: DirectedMetric, by: number): GateRule => ({ check: 'better', metric, by });

  test.each([
    ['pass', 0.0234375],
    ['inconclusive', 0.015625],
    ['inconclusive', 0.0078125],
    ['inconclusive', 0],
    ['fail', -0.0078125],
  ])('is %s at a difference of %d with an interval of 1/128 to both sides and a lead of 1/128', (verdict, auc) => {
    const pair = comparisonWith({ auc: difference(auc, 0.0078125) });
    expect(checkOne(better('auc', 0.0078125), { comparison: pair }).verdict).toBe(verdict);
  });

  test('does not promote a tie, however certain', () => {
    const tie = comparisonWith({ auc: difference(0, 0) });
    expect(checkOne(better('auc', 0), { comparison: tie }).verdict).toBe('inconclusive');
  });

  test('turns the sign for metrics where less is better', () => {
    const lower = comparisonWith({ brier: difference(-0.01, 0.005) });
    expect(checkOne(better('brier', 0.001), { comparison: lower })).toMatchObject({ verdict: 'pass', limit: -0.001 });
  });
});

describe('stable', () => {
  const stable: GateRule = { check: 'stable', metric: 'auc', harm: 0.02, minShare: 0.5 };
  const fold = (index: number, auc: ReturnType<typeof difference>): FoldComparison => ({
    fold: index,
    window: {
      start: `2001-04-0${String(index + 1)}T00:00:00.000Z`,
      end: `2001-04-0${String(index + 2)}T00:00:00.000Z`,
    },
    rows: 3000,
    positives: 600,
    days: 1,
    champion: {},
    challenger: {},
    differences: { auc },
  });
  const check = (...aucs: readonly ReturnType<typeof difference>[]) =>
    checkOne(stable, { comparison: comparison({ folds: aucs.map((auc, index) => fold(index, auc)) }) });

  test('passes when no fold loses more than the limit and enough are not behind', () => {
    expect(check(difference(0.01, 0.01), difference(0, 0.01), difference(-0.02, 0.01))).toMatchObject({
      verdict: 'pass',
      value: -0.02,
    });
  });

  test('fails when one fold is shown to lose more, however good the others are', () => {
    const found = check(difference(0.1, 0.01), difference(0.1, 0.01), difference(-0.08, 0.01));
    expect(found).toMatchObject({ verdict: 'fail', value: -0.08, limit: 0.02 });
    expect(found.why).toContain('2001-04-03');
    expect(found.why).toContain('3000 rows');
  });

  test('leaves the question open when a fold loses more and its days cannot show it', () => {
    expect(check(difference(0.1, 0.01), difference(0.1, 0.01), difference(-0.03, 0.1)).verdict).toBe('inconclusive');
    const short = difference(-0.03, 0, { lower: null, upper: null, se: null, reason: '1 day is too little' });
    expect(check(difference(0.1, 0.01), difference(0.1, 0.01), short).verdict).toBe('inconclusive');
  });

  test('fails when too few folds are not behind and chance does not explain it', () => {
    const behind = Array.from({ length: 8 }, () => difference(-0.01, 0.1));
    // All of 8 behind: 1 of 256 by chance where half should be. Of 3: 1 of 8.
    expect(check(...behind)).toMatchObject({ verdict: 'fail', value: 0, limit: 0.5 });
    expect(check(...behind.slice(0, 3)).verdict).toBe('inconclusive');
  });

  test('does not pass over a fold without an interval, or one that could not be measured', () => {
    const short = difference(0.01, 0, { lower: null, upper: null, se: null, reason: '3 days are too few' });
    const found = check(difference(0.1, 0.01), difference(0.1, 0.01), short);
    expect(found.verdict).toBe('inconclusive');
    expect(found.why).toContain('1 of 3 folds could not be judged: from 2001-04-03 on, with 3000 rows, 3 days');
    const better = difference(0.1, 0.01);
    const oneClass = check(better, better, better, unmeasured('one class'));
    expect(oneClass.verdict).toBe('inconclusive');
    expect(oneClass.why).toContain('1 of 4 folds could not be judged');
    // What is shown is shown, whatever is not known besides.
    expect(check(better, better, difference(-0.08, 0.01), unmeasured('one class')).verdict).toBe('fail');
  });

  test('prints the interval of the worst fold at the level at which Holm tests it among all of them', () => {
    // Student's quantile at 1 - 0.05 / 3 with 27 degrees of freedom is 2.2426; the standard error is 0.005.
    const found = check(difference(0.01, 0.01), difference(0, 0.01), difference(-0.02, 0.01));
    expect(found.interval?.upper).toBeCloseTo(-0.02 + 2.2426 * 0.005, 5);
    expect(found.why).toContain('among all folds');
  });

  test('says nothing about fewer than three folds', () => {
    expect(check(difference(0.1, 0.01), difference(0.1, 0.01))).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(check(difference(0.1, 0.01), difference(0.1, 0.01), unmeasured('one class')).verdict).toBe('inconclusive');
  });
});

describe('floor of a bias', () => {
  const bound: GateRule = { check: 'floor', metric: 'bias', limit: 0.5 };
  const check = (value: number, lower: number, upper: number) => {
    const bias = { value, lower, upper, se: 0.1, blocks: 28, reason: null };
    return checkOne(bound, { comparison: comparison({ pooled: { ...comparison().pooled, challenger: { bias } } }) });
  };

  // Binary fractions, so that an interval can end exactly on the limit.
  test.each([
    ['pass', 'the whole interval is close enough', 0.125, -0.25, 0.375],
    ['pass', 'the interval ends on the limit', 0.25, 0, 0.5],
    ['pass', 'the interval ends on the limit of the other side', -0.25, -0.5, 0],
    ['inconclusive', 'the interval holds the limit', 0.375, 0.125, 0.625],
    ['inconclusive', 'the interval holds both limits', 0, -1, 1],
    ['inconclusive', 'the interval begins on the limit', 0.75, 0.5, 1],
    ['fail', 'all of it is too high', 0.75, 0.625, 1],
    ['fail', 'all of it is too low', -0.75, -1, -0.625],
  ])('is %s when %s', (verdict, _, value, lower, upper) => {
    expect(check(value, lower, upper)).toMatchObject({ name: 'floor bias', verdict, value, limit: 0.5 });
  });

  test('says to which side it lies', () => {
    expect(check(-0.75, -1, -0.625).why).toBe(
      'bias -0.75 (90 % interval -1 to -0.625) on 10000 rows is shown to be further than 0.5 of 0',
    );
  });
});

describe('impact', () => {
  const flips = (rows: number, toPositive: number, toNegative: number) => ({
    rows,
    championPositives: 2000,
    challengerPositives: 2000 + toPositive - toNegative,
    toPositive,
    toPositiveRight: 30,
    toNegative,
    toNegativeRight: 40,
  });
  const impact = (maxValueLoss: number | null = null): GateRule => ({ check: 'impact', maxFlips: 0.05, maxValueLoss });

  test.each([
    ['pass', 'at the limit', flips(10_000, 200, 300)],
    ['fail', 'shown to be above it', flips(10_000, 400, 300)],
    ['inconclusive', 'above it by a few rows', flips(50, 2, 1)],
    ['inconclusive', 'below it on few rows', flips(299, 0, 0)],
    ['pass', 'below it on just enough rows', flips(300, 0, 0)],
    ['inconclusive', 'without rows', flips(0, 0, 0)],
    ['inconclusive', 'without thresholds', null],
  ])('is %s %s', (verdict, _, counted) => {
    expect(checkOne(impact(), { comparison: comparison({ flips: counted }) }).verdict).toBe(verdict);
  });

  test('says of no decision on a number that it is right', () => {
    const unjudged = { ...flips(10_000, 200, 300), toPositiveRight: null, toNegativeRight: null };
    const { why } = checkOne(impact(), { comparison: comparison({ labelKind: 'regression', flips: unjudged }) });
    expect(why).toContain('500 of 10000 decisions turn, 200 to positive, 300 to negative: 5 % is within');
  });

  test('shows which decisions turn, and how many of them rightly', () => {
    const { why, value } = checkOne(impact(), { comparison: comparison({ flips: flips(10_000, 200, 300) }) });
    expect(value).toBe(0.05);
    expect(why).toContain('500 of 10000 decisions turn, 200 to positive (30 rightly), 300 to negative (40 rightly)');
  });

  test.each([
    ['pass', difference(-0.25, 0.25)],
    ['inconclusive', difference(-0.5, 0.25)],
    ['fail', difference(-1, 0.25)],
    ['inconclusive', unmeasured('no interval')],
  ])('is %s for a change in value per decision of %o', (verdict, value) => {
    const measured = { ...comparisonWith({ value }), flips: flips(10_000, 0, 0) };
    expect(checkOne(impact(0.5), { comparison: measured }).verdict).toBe(verdict);
  });
});

describe('the calibration slope', () => {
  const calibrated: GateRule = { check: 'calibrated', maxEce: 0.5, maxSlopeError: 0.25 };

  test.each([
    ['pass', estimate(1, 0.25)],
    ['inconclusive', estimate(1.125, 0.25)],
    ['inconclusive', estimate(0.625, 0.125)],
    ['fail', estimate(0.5, 0.125)],
    ['fail', estimate(1.5, 0.125)],
    ['inconclusive', unmeasured('one class')],
  ])('is %s for %o', (verdict, calibrationSlope) => {
    const ece = estimate(0.25, 0.125);
    expect(checkOne(calibrated, withChallenger({ ece, calibrationSlope })).verdict).toBe(verdict);
  });

  test('does not make up for a calibration error above its limit', () => {
    const facts = withChallenger({ ece: estimate(0.75, 0.125), calibrationSlope: estimate(1, 0.125) });
    expect(checkOne(calibrated, facts)).toMatchObject({ verdict: 'fail', value: 0.75, limit: 0.5 });
  });
});
