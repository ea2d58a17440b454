import { describe, expect, test } from 'vitest';
import type { SensitiveGroup } from '../../../domain/gates/probes.js';
import type { FairnessMeasure, GateRule } from '../../../domain/gates/gate-rule.js';
import { checkOne, measured } from '../../support/gate-checks.js';

interface Shares {
  readonly rows?: number;
  readonly positives?: number;
  /** Of rows, of positives and of negatives. */
  readonly selected?: number;
  readonly truePositive?: number;
  readonly falsePositive?: number;
}

function group(values: string | readonly (string | null)[], shares: Shares = {}, columns = ['sex']): SensitiveGroup {
  const { rows = 10_000, positives = rows / 4, selected = 0.2, truePositive = 0.5, falsePositive = 0.1 } = shares;
  const decisions = {
    selected: rows * selected,
    truePositives: positives * truePositive,
    falsePositives: (rows - positives) * falsePositive,
  };
  const list = typeof values === 'string' ? [values] : values;
  return { columns, values: list, rows, positives, champion: decisions, challenger: decisions };
}

const fair = (measure: FairnessMeasure = 'demographic-parity', columns: readonly string[] = ['sex']): GateRule => ({
  check: 'fair',
  measure,
  columns,
  maxDifference: 0.1,
  minRows: 100,
  minPositives: 20,
  minNegatives: 20,
});
const check = (gate: GateRule, ...groups: readonly SensitiveGroup[]) =>
  checkOne(gate, measured('fairness', { groups }));

describe('the gap between groups', () => {
  test.each([
    ['demographic-parity', 'selected', 'share decided positive'],
    ['equal-opportunity', 'truePositive', 'true positive rate'],
    ['equalized-odds', 'truePositive', 'true positive rate'],
    ['equalized-odds', 'falsePositive', 'false positive rate'],
  ] as const)('of %s is judged by the %s', (measure, share, label) => {
    const apart = check(fair(measure), group('f', { [share]: 0.3 }), group('m', { [share]: 0.5 }));
    expect(apart).toMatchObject({ verdict: 'fail', rows: 20_000, limit: 0.1 });
    expect(apart.value).toBeCloseTo(0.2, 12);
    expect(apart.why).toContain(label);
    expect(check(fair(measure), group('f'), group('m'))).toMatchObject({ verdict: 'pass', value: 0 });
  });

  test.each([['demographic-parity', 'truePositive'] as const, ['equal-opportunity', 'falsePositive'] as const])(
    'of %s does not look at the %s',
    (measure, share) => {
      expect(check(fair(measure), group('f', { [share]: 0.2 }), group('m', { [share]: 0.9 })).verdict).toBe('pass');
    },
  );

  test('may be as wide as the limit', () => {
    expect(check(fair(), group('f', { selected: 0.5 }), group('m', { selected: 0.4 })).verdict).toBe('pass');
  });

  test('does not fail by noise: what a small group shows beyond the limit leaves the question open', () => {
    const small = check(fair(), group('f', { rows: 100, selected: 0.35 }), group('m', { selected: 0.2 }));
    expect(small).toMatchObject({ verdict: 'inconclusive' });
    expect(small.interval?.lower).toBeLessThan(0.1);
    expect(check(fair(), group('f', { selected: 0.35 }), group('m', { selected: 0.2 })).verdict).toBe('fail');
  });

  test('is judged over all pairs: large groups fail where the widest gap is one of a small group', () => {
    const tiny = group('x', { rows: 100, selected: 0.6 });
    const found = check(fair(), tiny, group('f', { selected: 0.4 }), group('m', { selected: 0.25 }));
    expect(found.verdict).toBe('fail');
    expect(found.value).toBeCloseTo(0.35, 12);
  });

  test('has a wider interval the more groups are looked at', () => {
    const two = [group('f', { rows: 1000, selected: 0.4 }), group('m', { rows: 1000, selected: 0.25 })];
    const many = Array.from({ length: 8 }, (_, index) => group(`g${String(index)}`, { rows: 1000, selected: 0.3 }));
    const width = ({ interval }: ReturnType<typeof check>) => (interval?.upper ?? 0) - (interval?.lower ?? 0);
    expect(width(check(fair(), ...two, ...many))).toBeGreaterThan(width(check(fair(), ...two)));
  });

  test('comes with what would be noticed and with the gap of the champion', () => {
    const other = { ...group('m', { selected: 0.25 }), champion: group('m', { selected: 0.5 }).challenger };
    const found = check(fair(), group('f'), other);
    expect(found.minimumDetectable).toBeGreaterThan(0);
    expect(found.why).toContain("the champion's gap is 0.3");
  });
});

describe('groups that are too small', () => {
  test('are listed and not judged: below the rows or the positive labels asked for', () => {
    const found = check(
      fair(),
      group('f'),
      group('m'),
      group('x', { rows: 99, selected: 1 }),
      group('y', { rows: 10_000, positives: 19, selected: 1 }),
    );
    expect(found).toMatchObject({ verdict: 'pass', rows: 20_000 });
    expect(found.why).toContain('2 smaller groups are not judged (x with 99 rows, y with 10000 rows)');
  });

  test('are those with too few negative labels, too, whose false positive rate is chance', () => {
    const few = group('x', { rows: 1000, positives: 981, falsePositive: 1 });
    expect(check(fair('equalized-odds'), group('f'), group('m'), few).verdict).toBe('pass');
    const least = group('x', { rows: 1000, positives: 980, falsePositive: 1 });
    expect(check(fair('equalized-odds'), group('f'), group('m'), least).verdict).toBe('fail');
  });

  test('at the minimum are judged', () => {
    const least = group('x', { rows: 100, positives: 20, selected: 1 });
    expect(check(fair(), group('f'), least).verdict).toBe('fail');
  });

  test('leave nothing to compare with', () => {
    const alone = check(fair(), group('f'), group('x', { rows: 10 }));
    expect(alone).toMatchObject({ verdict: 'inconclusive', value: null });
    expect(alone.why).toContain('there is 1');
    expect(check(fair()).verdict).toBe('inconclusive');
  });
});

describe('several columns', () => {
  const both = ['sex', 'age'];

  test('are judged by their combinations, which hides no one behind an average', () => {
    const groups = [
      group('f'),
      group('m'),
      group(['f', 'old'], { selected: 0.5 }, both),
      group(['f', null], { selected: 0.2 }, both),
    ];
    const found = check(fair('demographic-parity', both), ...groups);
    expect(found).toMatchObject({ name: 'fair demographic-parity sex × age', verdict: 'fail' });
    expect(found.why).toContain('f × old');
    expect(found.why).toContain('f × (no value)');
    expect(check(fair(), ...groups).verdict).toBe('pass');
  });
});

test('a model without decisions, such as one without a threshold, settles nothing', () => {
  const groups = [group('f'), group('m')].map((one) => ({ ...one, challenger: null }));
  expect(check(fair(), ...groups)).toMatchObject({ verdict: 'inconclusive', value: null });
});
