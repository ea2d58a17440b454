import { describe, expect, test } from 'vitest';
import type { GateFacts } from '../../../domain/gates/check-facts.js';
import { evaluateGates } from '../../../domain/gates/evaluate-gates.js';
import { noProbes, type LoadFacts, type Probes } from '../../../domain/gates/probes.js';
import type { GateSpec } from '../../../domain/gates/gate-rule.js';
import { checkOne as checkWith, gateFacts, shows } from '../../support/gate-checks.js';
import { comparedSide } from '../../support/scored-folds.js';
import {
  comparison,
  comparisonWith,
  difference,
  differences,
  estimates,
  slice,
  unmeasured,
} from '../../support/comparisons.js';

const withLoads = (loads: LoadFacts): Probes => ({ ...noProbes, loads: { status: 'measured', facts: loads } });

const facts = (overrides: Partial<GateFacts> = {}): GateFacts =>
  gateFacts({ probes: withLoads({ rows: 256, maxDifference: 0 }), ...overrides });

const checkOne = (gate: GateSpec, overrides: Partial<GateFacts> = {}) => checkWith(gate, { ...facts(), ...overrides });

describe('the policy as a whole', () => {
  const loads: GateSpec = { mode: 'enforce', check: 'loads', tolerance: 1e-6 };

  test('refuses a policy without gates', () => {
    expect(evaluateGates([], facts())).toMatchObject({ status: 'refused', reason: 'no-gates' });
  });

  test('refuses a model that is compared with itself', () => {
    const itself = comparison({ challenger: comparedSide() });
    expect(evaluateGates([shows], facts({ comparison: itself }))).toMatchObject({ reason: 'identical-models' });
  });

  test('refuses two models that score every row the same', () => {
    const same = comparison({ identicalScores: true });
    expect(evaluateGates([shows], facts({ comparison: same }))).toMatchObject({ reason: 'identical-scores' });
  });

  test('fails when one check fails, and is inconclusive when one cannot tell', () => {
    const broken: GateSpec = { mode: 'enforce', check: 'loads', tolerance: -1 };
    const open: GateSpec = { mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 };
    expect(evaluateGates([shows, loads, open, broken], facts())).toMatchObject({ verdict: 'fail' });
    expect(evaluateGates([shows, loads, open], facts())).toMatchObject({ verdict: 'inconclusive' });
    expect(evaluateGates([shows, loads], facts())).toMatchObject({ verdict: 'pass' });
  });

  test.each(['advise', 'observe'] as const)('lets gates that %s decide nothing, and promote nothing either', (mode) => {
    const broken: GateSpec = { mode, check: 'loads', tolerance: -1 };
    const evaluation = evaluateGates([shows, broken], facts());
    expect(evaluation).toMatchObject({ verdict: 'pass', checks: [{ verdict: 'pass' }, { verdict: 'fail', mode }] });
    expect(evaluateGates([{ ...shows, mode }, loads], facts())).toMatchObject({ reason: 'nothing-shown' });
  });

  test('refuses a policy whose enforced gates only find no harm', () => {
    const floor: GateSpec = { mode: 'enforce', check: 'floor', metric: 'auc', limit: 0 };
    expect(evaluateGates([loads, floor], facts())).toMatchObject({ status: 'refused', reason: 'nothing-shown' });
  });

  test('takes a gate that could not be measured for no verdict, and promotes nothing on it', () => {
    const probes: Probes = { ...noProbes, loads: { status: 'error', why: 'the disk is full' } };
    expect(evaluateGates([shows, loads], facts({ probes }))).toMatchObject({
      verdict: 'inconclusive',
      checks: [{ verdict: 'pass' }, { verdict: 'error', why: expect.stringContaining('the disk is full') as string }],
    });
    expect(evaluateGates([shows, { ...loads, mode: 'advise' }], facts({ probes }))).toMatchObject({ verdict: 'pass' });
  });

  test('shows nothing by a challenger that gives every row the same score', () => {
    const constant = [{ rows: 10_000, meanScore: 0.2, positiveShare: 0.2 }];
    const comparison = comparisonWith({ auc: difference(0, 0.001) });
    const alike = { ...comparison, reliability: { champion: constant, challenger: constant } };
    const check = checkOne({ mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.01 }, { comparison: alike });
    expect(check).toMatchObject({ verdict: 'inconclusive' });
    expect(check.why).toContain('all 10000 rows the same score');
  });

  test('shows nothing by a challenger that predicts the same number everywhere either', () => {
    const observed = { champion: [], challenger: [{ rows: 10_000, meanScore: 20, meanLabel: 20 }] };
    const numbers = comparison({
      labelKind: 'regression',
      observed,
      pooled: { champion: {}, challenger: {}, differences: differences({ mae: difference(-1, 0.1) }), deLong: null },
    });
    const check = checkOne({ mode: 'enforce', check: 'better', metric: 'mae', by: 0 }, { comparison: numbers });
    expect(check).toMatchObject({ verdict: 'inconclusive' });
    expect(check.why).toContain('all 10000 rows the same score');
  });
});

describe('not-worse', () => {
  const gate = (metric: 'auc' | 'logLoss', margin = 0.01): GateSpec => ({
    mode: 'enforce',
    check: 'not-worse',
    metric,
    margin,
  });

  // Binary fractions, so that an interval can end exactly on the margin.
  test.each([
    ['pass', 'the interval is above the margin', 0, 0.0078125],
    ['inconclusive', 'the interval ends on the margin', -0.0078125, 0.0078125],
    ['inconclusive', 'the interval holds the margin', -0.015625, 0.0078125],
    ['inconclusive', 'the interval begins on the margin', -0.0234375, 0.0078125],
    ['fail', 'the interval is below the margin', -0.03125, 0.0078125],
  ])('is %s when %s', (verdict, _when, estimate, half) => {
    const auc = difference(estimate, half);
    expect(checkOne(gate('auc', 0.015625), { comparison: comparisonWith({ auc }) }).verdict).toBe(verdict);
  });

  test('turns the sign for metrics where less is better', () => {
    const better = comparisonWith({ logLoss: difference(-0.05, 0.01) });
    const worse = comparisonWith({ logLoss: difference(0.05, 0.01) });
    expect(checkOne(gate('logLoss'), { comparison: better })).toMatchObject({ verdict: 'pass', limit: 0.01 });
    expect(checkOne(gate('logLoss'), { comparison: worse }).verdict).toBe('fail');
  });

  test('does not promote a better number that is only noise', () => {
    const noise = comparisonWith({ auc: difference(0.005, 0.05) });
    expect(checkOne(gate('auc'), { comparison: noise }).verdict).toBe('inconclusive');
  });

  test('is inconclusive with the reason when the metric is undefined', () => {
    const oneClass = comparisonWith({ auc: unmeasured('none of the 50 labels is positive') });
    const check = checkOne(gate('auc'), { comparison: oneClass });
    expect(check).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(check.why).toContain('none of the 50 labels is positive');
  });

  test('prints the difference that the data would have noticed', () => {
    const check = checkOne(gate('auc'), { comparison: comparisonWith({ auc: difference(0.001, 0.004) }) });
    expect(check).toMatchObject({ minimumDetectable: 0.006, rows: 10_000 });
    expect(check.why).toContain('0.006');
  });
});

describe('beats-baseline', () => {
  const gate: GateSpec = { mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0.25 };

  test.each([
    ['pass', 0.5],
    ['inconclusive', 0.375],
    ['inconclusive', 0.25],
    ['inconclusive', 0.125],
    ['fail', 0.0625],
  ])('is %s at a difference of %d with an interval of 0.125 to both sides', (verdict, estimate) => {
    const bootstrap = comparisonWith({ auc: difference(estimate, 0.125) });
    expect(checkOne(gate, { kind: 'bootstrap', comparison: bootstrap }).verdict).toBe(verdict);
  });

  test('looks at the comparison with the baseline, not at the one with the champion', () => {
    const baselineComparison = comparisonWith({ auc: difference(0.5, 0.125) });
    expect(checkOne(gate, { baselineComparison }).verdict).toBe('pass');
  });

  test('is inconclusive when nobody compared with the baseline', () => {
    expect(checkOne(gate).verdict).toBe('inconclusive');
  });
});

describe('worst-slice', () => {
  const gate: GateSpec = {
    mode: 'enforce',
    check: 'worst-slice',
    metric: 'auc',
    column: 'origin',
    minRows: 500,
    harm: 0.02,
  };
  const withSlices = (...slices: ReturnType<typeof slice>[]) => ({ comparison: comparison({ slices }) });
  const fine = (value: string) => slice(value, 1000, difference(0, 0.02));

  test('fails when one slice is shown to be harmed beyond the limit', () => {
    const check = checkOne(gate, withSlices(fine('LAX'), slice('ATL', 2000, difference(-0.1, 0.02)), fine('ORD')));
    expect(check).toMatchObject({ verdict: 'fail', value: -0.1 });
    expect(check.slices.map(({ value, finding }) => [value, finding])).toEqual([
      ['ATL', 'harmed'],
      ['LAX', 'no-harm-shown'],
      ['ORD', 'no-harm-shown'],
    ]);
    expect(check.why).toContain('ATL');
  });

  test('passes a loss that is within the limit, however certain', () => {
    expect(checkOne(gate, withSlices(slice('ATL', 2000, difference(-0.015, 0.001)))).verdict).toBe('pass');
  });

  test('adjusts for the number of slices: what convinces alone does not convince among forty', () => {
    // 2.1 standard errors beyond the limit: p = 0.0226 with 27 degrees of freedom.
    const suspicious = slice('ATL', 2000, difference(-0.041, 0.02));
    expect(checkOne(gate, withSlices(suspicious)).verdict).toBe('fail');
    const many = Array.from({ length: 39 }, (_, index) => fine(`A${String(index)}`));
    const check = checkOne(gate, withSlices(suspicious, ...many));
    expect(check.verdict).toBe('pass');
    expect(check.slices[0]?.adjustedP).toBeCloseTo(0.0226 * 40, 2);
  });

  test('gives intervals and detectable differences at the level at which Holm tests each slice', () => {
    const harmed = slice('ATL', 2000, difference(-0.1, 0.02));
    const check = checkOne(gate, withSlices(fine('LAX'), harmed, fine('ORD')));
    // Student's density with 27 degrees of freedom, integrated: 1 - 0.05 / 3 lies at 2.24260, 1 - 0.05 / 2 at 2.05183, 0.8 at
    // 0.85514; the standard error is 0.01.
    expect(check.slices.map(({ level }) => level?.toFixed(4))).toEqual(['0.9667', '0.9500', '0.9500']);
    expect(check.interval?.upper).toBeCloseTo(-0.1 + 2.2426 * 0.01, 5);
    expect(check.slices[1]?.upper).toBeCloseTo(2.05183 * 0.01, 5);
    expect(check.slices[1]?.minimumDetectable).toBeCloseTo((2.05183 + 0.85514) * 0.01, 5);
  });

  test('leaves the limit out of an interval exactly where harm is shown', () => {
    for (const beyond of [1.7, 1.9, 2.1, 2.3, 2.5, 2.7]) {
      const slices = ['A', 'B', 'C', 'D'].map((value, index) =>
        slice(value, 1000, difference(-0.02 - (beyond - index / 10) * 0.01, 0.02)),
      );
      for (const { finding, upper } of checkOne(gate, withSlices(...slices)).slices) {
        expect((upper ?? 0) < -0.02).toBe(finding === 'harmed');
      }
    }
  });

  test('lists slices below the minimum of rows as unsupported and says nothing about them', () => {
    const atMinimum = slice('LAX', 500, difference(0, 0.02));
    const below = slice('ATL', 499, difference(-0.5, 0.01));
    const check = checkOne(gate, withSlices(below, atMinimum));
    expect(check.verdict).toBe('pass');
    expect(check.slices.map(({ value, finding }) => [value, finding])).toEqual([
      ['LAX', 'no-harm-shown'],
      ['ATL', 'unsupported'],
    ]);
  });

  test('is inconclusive when no slice can be judged', () => {
    const oneClass = slice('ATL', 2000, unmeasured('all of the 2000 labels are positive'));
    expect(checkOne(gate, withSlices(oneClass)).verdict).toBe('inconclusive');
    expect(checkOne(gate, withSlices()).verdict).toBe('inconclusive');
  });

  test('says why slices were not judged: too small, or large enough and yet nothing to measure', () => {
    const oneClass = slice('ATL', 2000, unmeasured('all of the 2000 labels are positive'));
    const small = slice('SFO', 499, difference(0, 0.02));
    const judged = slice('LAX', 500, difference(0, 0.02));
    expect(checkOne(gate, withSlices(small)).why).toBe('none of the 1 values of origin has 500 rows');
    expect(checkOne(gate, withSlices(oneClass, small)).why).toBe(
      'none of the 2 values of origin could be judged; the largest, origin ATL with 2000 rows: all of the 2000 labels are positive',
    );
    expect(checkOne(gate, withSlices(judged, small)).why).toMatch(/; 1 smaller slice is not judged$/);
    expect(checkOne(gate, withSlices(judged, small, oneClass)).why).toMatch(
      /; 1 smaller slice is not judged; 1 slice is not judged though large enough, such as origin ATL with 2000 rows: all of the 2000 labels are positive$/,
    );
  });
});

describe('calibrated', () => {
  const gate: GateSpec = { mode: 'enforce', check: 'calibrated', maxEce: 0.05, maxSlopeError: null };
  const withEce = (value: number, lower: number | null) => {
    const ece = { value, lower, upper: lower === null ? null : value + 0.01, se: 0.005, blocks: 28, reason: null };
    const challenger = estimates({ ece });
    return {
      comparison: comparison({
        pooled: { champion: estimates(), challenger, differences: differences(), deLong: null },
      }),
    };
  };

  test.each([
    ['pass', 'at the limit', 0.05, 0.04],
    ['inconclusive', 'above the limit with the limit in the interval', 0.055, 0.05],
    ['fail', 'above the limit with all of the interval', 0.07, 0.0501],
    ['inconclusive', 'below the limit without an interval', 0.01, null],
  ])('is %s %s', (verdict, _when, value, lower) => {
    expect(checkOne(gate, withEce(value, lower)).verdict).toBe(verdict);
  });
});

describe('loads', () => {
  const gate: GateSpec = { mode: 'enforce', check: 'loads', tolerance: 1e-6 };

  test.each([
    ['pass', { rows: 256, maxDifference: 1e-6 }],
    ['fail', { rows: 256, maxDifference: 1.1e-6 }],
    ['fail', { rows: 256, maxDifference: null }],
    ['inconclusive', { rows: 0, maxDifference: 0 }],
    ['inconclusive', null],
  ] as const)('is %s for %o', (verdict, loads) => {
    expect(checkOne(gate, { probes: loads === null ? noProbes : withLoads(loads) }).verdict).toBe(verdict);
  });
});
