import { describe, expect, test } from 'vitest';
import type { ProbeName, QualityFacts, RobustnessFacts, VolumeFacts } from '../../../domain/gates/probes.js';
import { noProbes } from '../../../domain/gates/probes.js';
import type { GateRule } from '../../../domain/gates/gate-rule.js';
import { comparison } from '../../support/comparisons.js';
import { checkOne, measured } from '../../support/gate-checks.js';

const dataQuality: GateRule = { check: 'data-quality', maxQuarantineShare: 0.01, minCoverage: 0.8 };
const noLeakage: GateRule = { check: 'no-leakage', maxSingleAuc: 0.98, maxLagLoss: 0.1 };
const noSkew: GateRule = { check: 'no-skew', maxDiffering: 0.001, tolerance: 1e-6 };
const volume: GateRule = { check: 'volume', deadlineMs: 600_000, memoryMb: 1024, rows: null };
const robust: GateRule = { check: 'robust', maxFlips: 0.2 };
const fair: GateRule = {
  check: 'fair',
  measure: 'demographic-parity',
  columns: ['sex'],
  maxDifference: 0.1,
  minRows: 1,
  minPositives: 1,
  minNegatives: 1,
};

describe.each<[string, GateRule, ProbeName]>([
  ['data-quality', dataQuality, 'quality'],
  ['no-leakage', noLeakage, 'leakage'],
  ['no-skew', noSkew, 'skew'],
  ['volume', volume, 'volume'],
  ['robust', robust, 'robustness'],
  ['fair', fair, 'fairness'],
])('%s', (_, gate, probe) => {
  test('is inconclusive when nobody measured, or when the evidence is not there', () => {
    expect(checkOne(gate)).toMatchObject({ verdict: 'inconclusive', value: null, rows: 0 });
    const missing = { ...noProbes, [probe]: { status: 'missing', why: 'the files were collected' } };
    const check = checkOne(gate, { probes: missing });
    expect(check).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(check.why).toContain('the files were collected');
  });

  test('is an error when measuring failed: neither a pass nor a fail of the model', () => {
    const failed = { ...noProbes, [probe]: { status: 'error', why: 'the disk is full' } };
    const check = checkOne(gate, { probes: failed });
    expect(check).toMatchObject({ verdict: 'error', value: null });
    expect(check.why).toContain('the disk is full');
  });
});

describe('data-quality', () => {
  const fold = (changed: Partial<QualityFacts['folds'][number]> = {}) => ({
    fold: 0,
    rowsFound: 1000,
    quarantined: 0,
    rows: 1000,
    labelledRows: 1000,
    warnings: [],
    ...changed,
  });
  const check = (folds: QualityFacts['folds'], slices: QualityFacts['slices'] = []) =>
    checkOne(dataQuality, measured('quality', { folds, slices }));

  test.each([
    ['pass', 'no row was quarantined', {}],
    ['pass', 'as many were as may be', { quarantined: 10 }],
    ['fail', 'one more was', { quarantined: 11 }],
    ['pass', 'as many labels are there as asked for', { labelledRows: 800 }],
    ['fail', 'one label fewer is there', { labelledRows: 799 }],
    ['inconclusive', 'there are no rows', { rowsFound: 0, rows: 0, labelledRows: 0 }],
    ['pass', 'there are as many rows as say something', { rowsFound: 100, rows: 100, labelledRows: 100 }],
    ['inconclusive', 'there is one row fewer', { rowsFound: 99, rows: 99, labelledRows: 99 }],
  ])('is %s when %s', (verdict, _, changed) => {
    expect(check([fold(changed)]).verdict).toBe(verdict);
  });

  test('says once that no fold has rows enough', () => {
    const small = { rowsFound: 16, rows: 16, labelledRows: 16 };
    expect(check([fold(small), fold({ ...small, fold: 1 })]).why).toBe(
      'no fold has 100 rows, which are the least that say something',
    );
  });

  test('does not let good folds make up for a bad one', () => {
    const found = check([fold(), fold({ fold: 1, quarantined: 50 }), fold({ fold: 2 })]);
    expect(found).toMatchObject({ verdict: 'fail', value: 0.05, limit: 0.01, rows: 3000 });
  });

  test('does not look away from a fold that has lost its rows', () => {
    const found = check([fold(), fold({ fold: 1, rowsFound: 0, rows: 0, labelledRows: 0 })]);
    expect(found).toMatchObject({ verdict: 'inconclusive', value: 0, limit: 100, unit: 'rows' });
    expect(found.why).toContain('fold 2 has 0 rows, 100 are the least');
  });

  test('fails when labels are missing for one slice, which no other check would see', () => {
    const missing = { column: 'origin', value: 'ATL', rows: 100, labelledRows: 0 };
    const found = check([fold()], [missing]);
    expect(found).toMatchObject({ verdict: 'fail', value: 0, limit: 0.8 });
    expect(found.why).toContain('origin ATL has labels for 0 of 100 rows');
    expect(check([fold()], [{ ...missing, rows: 99 }]).verdict).toBe('pass');
    expect(check([fold()], [{ ...missing, labelledRows: 80 }]).verdict).toBe('pass');
  });

  test('says how many warnings there were', () => {
    expect(check([fold({ warnings: ['a new column', 'an old file'] })]).why).toContain('2 warnings');
  });
});

describe('volume', () => {
  const fits: VolumeFacts = {
    rows: 1_000_000,
    measuredRows: 50_000,
    deadlineMs: 600_000,
    memoryMb: 1024,
    inTime: true,
    inMemory: true,
  };

  test.each<[string, Partial<VolumeFacts>, string]>([
    ['pass', {}, 'within the deadline of 10 minutes; scoring takes no more than 1024 MB'],
    ['fail', { inTime: false }, 'later than the deadline of 10 minutes'],
    ['fail', { inMemory: false }, 'more than 1024 MB'],
    ['inconclusive', { measuredRows: 0 }, 'no rows'],
  ])('is %s for %o', (verdict, changed, why) => {
    const found = checkOne(volume, measured('volume', { ...fits, ...changed }));
    expect(found.verdict).toBe(verdict);
    expect(found.why).toContain(why);
  });

  test.each([
    ['pass', 4, 1],
    ['fail', 0.5, 4],
    ['fail', 4, 0.5],
  ])('is %s by an older report, of which headroom is known: %d and %d', (verdict, timeHeadroom, memoryHeadroom) => {
    const { rows, measuredRows, deadlineMs, memoryMb } = fits;
    const older = { rows, measuredRows, deadlineMs, memoryMb, timeHeadroom, memoryHeadroom };
    expect(checkOne(volume, measured('volume', older)).verdict).toBe(verdict);
  });
});

describe('robust', () => {
  type Variant = RobustnessFacts['variants'][number];
  const variant = (changed: Partial<Variant> = {}): Variant => ({
    kind: 'missing',
    feature: 'origin',
    rows: 1000,
    badScores: 0,
    flipShare: 0.2,
    meanShift: 0,
    loss: 0,
    ...changed,
  });
  const check = (...variants: readonly Variant[]) => checkOne(robust, measured('robustness', { variants }));

  test.each<[string, string, readonly Variant[], string]>([
    ['pass', 'at the limit', [variant()], 'origin missing turns 20 %'],
    [
      'fail',
      'one kind turns too many',
      [variant({ kind: 'perturbed', flipShare: 0.3 }), variant()],
      'origin perturbed',
    ],
    [
      'pass',
      'values out of range turn many decisions, and get scores',
      [variant({ kind: 'out-of-range', flipShare: 0.5 }), variant({ flipShare: 0.1 })],
      'origin missing turns 10 %',
    ],
    ['inconclusive', 'few rows turn too many', [variant({ rows: 20, flipShare: 0.25 })], 'not shown'],
    [
      'inconclusive',
      'few rows turn few',
      [variant({ rows: 299, flipShare: 0 })],
      'tried on 299 rows, 300 are the least',
    ],
    ['pass', 'just enough rows turn few', [variant({ rows: 300, flipShare: 0 })], 'origin missing turns 0 %'],
    ['fail', 'few rows turn far too many', [variant({ rows: 100, flipShare: 0.9 })], 'origin missing turns 90 %'],
    [
      'fail',
      'one score is no number',
      [variant(), variant({ kind: 'out-of-range', feature: null, badScores: 1 })],
      'every feature at once out of range gets 1 of 1000 rows',
    ],
    ['inconclusive', 'there is no threshold', [variant({ flipShare: null })], 'no threshold'],
    ['inconclusive', 'nothing was tried', [], 'no rows'],
    ['inconclusive', 'no rows were tried', [variant({ rows: 0 })], 'no rows'],
  ])('is %s when %s', (verdict, _, variants, why) => {
    const found = check(...variants);
    expect(found.verdict).toBe(verdict);
    expect(found.why).toContain(why);
  });

  test('counts decisions on a number like any others, where they were counted', () => {
    const ofNumbers = (flipShare: number | null) =>
      checkOne(robust, {
        ...measured('robustness', { variants: [variant({ flipShare })] }),
        comparison: comparison({ labelKind: 'regression' }),
      }).verdict;
    expect(ofNumbers(0.2)).toBe('pass');
    expect(ofNumbers(0.9)).toBe('fail');
    // As in reports from before.
    expect(ofNumbers(null)).toBe('pass');
  });
});
