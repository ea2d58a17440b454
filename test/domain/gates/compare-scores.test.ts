import { describe, expect, test } from 'vitest';
import { compareGroup, estimateGroup, levelOf, type BootstrapPlan } from '../../../domain/gates/compare-scores.js';
import { studentQuantile } from '../../../domain/statistics/distributions.js';
import { drawRows, sumRows, type SummedRow } from '../../support/summed-rows.js';

const plan = (overrides: Partial<BootstrapPlan> = {}): BootstrapPlan => ({
  blocks: 'day',
  replicates: 500,
  confidence: 0.9,
  reuse: 1,
  seed: 1,
  ...overrides,
});

const rows = drawRows({ blocks: 12, rowsPerBlock: 80, seed: 4 });
const group = sumRows(rows, { threshold: 0.5, topShare: 0.1 });

describe('rows that were judged on before', () => {
  test('the k-th challenger is tested at a k-th of the level', () => {
    expect(levelOf(plan())).toBe(0.9);
    expect(levelOf(plan({ reuse: 2 }))).toBeCloseTo(0.95, 12);
    expect(levelOf(plan({ reuse: 10 }))).toBeCloseTo(0.99, 12);
  });

  test.each([0, -1, 1.5, Number.NaN])('%d challengers are refused', (reuse) => {
    expect(() => levelOf(plan({ reuse }))).toThrow('is no number of challengers');
  });

  test('intervals widen and detectable differences grow as the level asks, around the same estimate', () => {
    const once = compareGroup(group, plan()).differences.auc;
    const fifth = compareGroup(group, plan({ reuse: 5 })).differences.auc;
    expect(fifth?.estimate).toBe(once?.estimate);
    expect(fifth?.se).toBe(once?.se);
    const half = (fifth?.upper ?? 0) - (fifth?.estimate ?? 0);
    expect(half / (fifth?.se ?? 1)).toBeCloseTo(studentQuantile(0.99, 11), 9);
    expect((fifth?.minimumDetectable ?? 0) / (fifth?.se ?? 1)).toBeCloseTo(
      studentQuantile(0.99, 11) + studentQuantile(0.8, 11),
      9,
    );
  });
});

describe('metrics measured row by row', () => {
  const measured = {
    champion: { averagePrecision: { value: 0.4, reason: null }, calibrationSlope: { value: 1.1, reason: null } },
    challenger: { averagePrecision: { value: 0.35, reason: null }, calibrationSlope: { value: 1, reason: null } },
  } as const;

  test('are the centre of intervals whose spread comes from the sums', () => {
    const found = estimateGroup(group, plan(), measured);
    const { lower, upper } = found.champion.averagePrecision ?? {};
    expect(((lower ?? 0) + (upper ?? 0)) / 2).toBeCloseTo(0.4, 12);
    expect(found.differences.averagePrecision?.estimate).toBeCloseTo(-0.05, 12);
  });

  test('have no difference where no side is better', () => {
    expect(compareGroup(group, plan(), measured).differences).not.toHaveProperty('calibrationSlope');
  });

  test('say so where they were not resampled', () => {
    const cheap = sumRows(rows);
    expect(compareGroup(cheap, plan(), measured).differences.averagePrecision).toMatchObject({
      lower: null,
      reason: 'its interval is only made where a gate asks for it',
    });
  });
});

describe('rows that settle nothing give reasons, never numbers', () => {
  const finite = (all: object) => {
    expect(JSON.stringify(all, (_, value: unknown) => (Number.isNaN(value) ? 'NaN' : value))).not.toContain('NaN');
  };

  test('one class only', () => {
    const found = estimateGroup(sumRows(rows.map((row) => ({ ...row, label: 1 }))), plan());
    expect(found.champion.auc).toMatchObject({ value: null, reason: 'all of the 960 labels are positive' });
    expect(found.differences.auc).toMatchObject({ estimate: null, se: null, minimumDetectable: null });
    expect(found.differences.brier?.lower).not.toBeNull();
    finite(found);
  });

  test('constant scores of both sides rank nothing, and of one side leave a difference', () => {
    const both = rows.map((row) => ({ ...row, champion: 0.2, challenger: 0.3 }));
    const found = estimateGroup(sumRows(both, { threshold: 0.25 }), plan());
    expect(found.champion.auc).toMatchObject({ value: 0.5, lower: null });
    expect(found.differences.auc).toMatchObject({
      estimate: 0,
      lower: null,
      reason: 'all scores are equal, so nothing is ranked',
    });
    expect(found.champion.precision).toMatchObject({ value: null, reason: 'no decision is positive' });
    expect(found.differences.mcc?.estimate).toBeNull();
    finite(found);
    const one = estimateGroup(sumRows(rows.map((row) => ({ ...row, challenger: 0.3 }))), plan());
    expect(one.differences.auc?.upper).toBeLessThan(0);
  });

  test('50 labels of which the positives stand on few days', () => {
    const scarce = rows.slice(0, 50).map((row, index): SummedRow => ({ ...row, label: index % 12 < 3 ? 1 : 0 }));
    const found = estimateGroup(sumRows(scarce), plan());
    expect(found.differences.auc).toMatchObject({
      lower: null,
      reason: 'an interval needs positive labels on at least 4 days, there are 3',
    });
    expect(found.differences.auc?.estimate).not.toBeNull();
    finite(found);
  });

  test('both sides perfect on 50 rows: no difference was seen, and none is excluded', () => {
    const perfect = Array.from({ length: 50 }, (_, index): SummedRow => {
      const label = index % 2;
      return { label, block: index % 7, champion: label * 0.9, challenger: label * 0.8 };
    });
    const found = estimateGroup(sumRows(perfect), plan());
    expect(found.differences.auc).toMatchObject({ estimate: 0, lower: null });
    expect(found.differences.auc?.reason).toContain('50 rows are too few');
  });

  test('a handful of positives that both sides find: nothing varies, and nothing is shown', () => {
    const few = Array.from({ length: 2800 }, (_, index): SummedRow => {
      const label = index % 560 === 0 ? 1 : 0;
      return { label, block: index % 28, champion: label * 0.9, challenger: label * 0.8 };
    });
    const spread = few.map((row, index) => ({ ...row, block: row.label === 1 ? index / 560 : row.block }));
    const { recall } = estimateGroup(sumRows(spread, { threshold: 0.5 }), plan()).differences;
    expect(recall).toMatchObject({ estimate: 0, lower: null, upper: null });
    expect(recall?.reason).toContain('5 rows are too few');
  });

  test('three days', () => {
    const few = sumRows(drawRows({ blocks: 3, rowsPerBlock: 300, seed: 2 }), { threshold: 0.5, topShare: 0.1 });
    for (const difference of Object.values(compareGroup(few, plan()).differences)) {
      expect(difference).toMatchObject({ se: null, reason: 'an interval needs at least 4 days, there are 3' });
    }
  });

  test('no rows', () => {
    const found = estimateGroup(sumRows([]), plan());
    expect(found.champion.brier).toMatchObject({ value: null, reason: 'there are no labelled rows' });
    finite(found);
  });
});
