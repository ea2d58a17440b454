import { describe, expect, test } from 'vitest';
import type { LeakageFacts, SkewFacts } from '../../../domain/gates/probes.js';
import type { GateRule } from '../../../domain/gates/gate-rule.js';
import { comparison } from '../../support/comparisons.js';
import { checkOne, measured } from '../../support/gate-checks.js';

const noLeakage: GateRule = { check: 'no-leakage', maxSingleAuc: 0.98, maxLagLoss: 0.1 };
const noSkew: GateRule = { check: 'no-skew', maxDiffering: 0.001, tolerance: 1e-6 };

describe('no-leakage', () => {
  const clean: LeakageFacts = {
    shapedUntil: '2001-03-31T00:00:00.000Z',
    firstFoldStart: '2001-04-01T00:00:00.000Z',
    requiredGapMs: 86_400_000,
    sharedKeys: 0,
    labelColumns: [],
    singleFeatures: [
      { feature: 'origin', auc: 0.98, rows: 1000 },
      { feature: 'distance', auc: null, rows: 1000 },
    ],
    lag: { auc: 0.75, laggedAuc: 0.65, rows: 1000 },
  };
  const check = (changed: Partial<LeakageFacts>) => checkOne(noLeakage, measured('leakage', { ...clean, ...changed }));

  test.each<[string, string, Partial<LeakageFacts>, string]>([
    ['pass', 'everything is at its limit', {}, 'no feature is the label'],
    ['fail', 'the gap is a millisecond short', { shapedUntil: '2001-03-31T00:00:00.001Z' }, 'before the first fold'],
    ['fail', 'training reaches into the folds', { shapedUntil: '2001-04-02T00:00:00.000Z' }, 'overlap the folds'],
    ['fail', 'one row was trained on', { sharedKeys: 1 }, '1 rows of the folds were trained on'],
    ['inconclusive', 'nobody knows what it was trained on', { sharedKeys: null }, 'are gone'],
    ['fail', 'a feature is the label', { labelColumns: ['late_minutes'] }, 'late_minutes is the label'],
    [
      'fail',
      'a single feature tells the label',
      { singleFeatures: [{ feature: 'arrival', auc: 0.981, rows: 300 }] },
      'arrival alone ranks the label',
    ],
    [
      'inconclusive',
      'no feature could be ranked',
      { singleFeatures: [{ feature: 'origin', auc: null, rows: 9 }] },
      'could be ranked',
    ],
    ['fail', 'older features lose too much', { lag: { auc: 0.8, laggedAuc: 0.69, rows: 300 } }, 'from 0.8 to 0.69'],
    [
      'inconclusive',
      'a feature was ranked on too few rows, whatever came out',
      { singleFeatures: [{ feature: 'arrival', auc: 1, rows: 299 }] },
      'ranked on 299 rows, 300 are the least',
    ],
    [
      'inconclusive',
      'older features were tried on too few rows',
      { lag: { auc: 0.8, laggedAuc: 0.8, rows: 299 } },
      'tried on 299 rows, 300 are the least',
    ],
    ['inconclusive', 'older features were not tried', { lag: null }, 'was not measured'],
  ])('is %s when %s', (verdict, _, changed, why) => {
    const found = check(changed);
    expect(found.verdict).toBe(verdict);
    expect(found.why).toContain(why);
  });

  test('does not pass on a handful of rows', () => {
    const facts = measured('leakage', clean);
    const few = checkOne(noLeakage, { ...facts, comparison: comparison({ rows: 299 }) });
    expect(few).toMatchObject({ verdict: 'inconclusive', value: 299, limit: 300, unit: 'rows' });
    expect(checkOne(noLeakage, { ...facts, comparison: comparison({ rows: 300 }) }).verdict).toBe('pass');
  });

  test('gives its limit in the unit of the question that decides', () => {
    expect(check({ shapedUntil: '2001-04-02T00:00:00.000Z' })).toMatchObject({ limit: 86_400_000, unit: 'ms' });
    expect(check({ sharedKeys: 7 })).toMatchObject({ value: 7, unit: 'rows' });
  });

  test('names every leak there is', () => {
    const { why } = check({ sharedKeys: 7, labelColumns: ['late_minutes'] });
    expect(why).toContain('7 rows');
    expect(why).toContain('late_minutes');
  });

  test('ranks nothing against a predicted number', () => {
    const facts = measured('leakage', { ...clean, singleFeatures: [], lag: null });
    expect(checkOne(noLeakage, { ...facts, comparison: comparison({ labelKind: 'regression' }) }).verdict).toBe('pass');
  });
});

describe('no-skew', () => {
  const same: SkewFacts = {
    windows: 7,
    rows: 10_000,
    features: [
      { feature: 'distance', differing: 0 },
      { feature: 'origin', differing: 10 },
    ],
    unmatched: 10,
    maxScoreDifference: 1e-6,
  };
  const check = (changed: Partial<SkewFacts>) => checkOne(noSkew, measured('skew', { ...same, ...changed }));

  test.each<[string, string, Partial<SkewFacts>, string]>([
    ['pass', 'everything is at its limit', {}, '10000 rows of 7 served windows'],
    ['pass', 'there was no champion', { maxScoreDifference: null }, '10000 rows'],
    [
      'fail',
      'a feature comes out otherwise',
      { features: [{ feature: 'origin', differing: 11 }] },
      'origin differs on 11 rows',
    ],
    ['fail', 'rows are only on one side', { unmatched: 11 }, '11 rows are only there'],
    [
      'inconclusive',
      'replayed scores match no row',
      { maxScoreDifference: null, replayedRows: 0 },
      '0 of the published',
    ],
    ['pass', 'the champion served none of it', { maxScoreDifference: null, replayedRows: null }, '10000 rows'],
    ['fail', 'replayed scores differ', { maxScoreDifference: 1.1e-6 }, 'replayed scores'],
    ['inconclusive', 'nothing was served', { rows: 0, windows: 0, features: [], unmatched: 0 }, 'no rows have been'],
  ])('is %s when %s', (verdict, _, changed, why) => {
    const found = check(changed);
    expect(found.verdict).toBe(verdict);
    expect(found.why).toContain(why);
  });
});
