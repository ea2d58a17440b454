import { describe, expect, it } from 'vitest';
import type { AnalysisPolicy } from '../../../domain/rollout/rollout-policy.js';
import type { AnalysedWindow, CohortSize } from '../../../domain/rollout/analysis.js';
import { defaultAnalysis } from '../../../domain/rollout/default-analysis.js';
import { judgeGuardrails } from '../../../domain/rollout/guardrails.js';
import { analysedWindow } from '../../support/analysed-windows.js';

function judge(
  name: string,
  windows: readonly AnalysedWindow[],
  change: {
    readonly policy?: Partial<AnalysisPolicy>;
    readonly cohort?: CohortSize;
    readonly unserved?: number;
    readonly sharePercent?: number | null;
  } = {},
) {
  const checks = judgeGuardrails({
    policy: { ...defaultAnalysis('binary'), ...change.policy },
    value: { unit: 'EUR', truePositive: 10, falsePositive: -5, trueNegative: 0, falseNegative: -2 },
    windows,
    unserved: change.unserved ?? 0,
    cohort: change.cohort ?? null,
    sharePercent: change.sharePercent === undefined ? 50 : change.sharePercent,
  });
  return checks.find((check) => check.name === name);
}

describe('the score distribution', () => {
  it('passes where both sides score alike and fails where their index is above the limit', () => {
    expect(judge('score-distribution', [analysedWindow(0)])).toMatchObject({ verdict: 'pass', value: 0, n: 200 });
    const moved = analysedWindow(0, { challenger: { bins: [20, 20, 20, 140] } });
    // By hand, with half a row in each bin: 3 (20.5 - 50.5) / 202 ln(20.5 / 50.5) + 90 / 202 ln(140.5 / 50.5).
    const expected = ((3 * -30) / 202) * Math.log(20.5 / 50.5) + (90 / 202) * Math.log(140.5 / 50.5);
    const failed = judge('score-distribution', [moved]);
    expect(failed).toMatchObject({ verdict: 'fail', limit: 0.25 });
    expect(failed?.value).toBeCloseTo(expected, 10);
  });

  it('is open where 200 rows may be beyond the limit by chance', () => {
    // By hand as above: an index of 0.280, of which 16.27 · 2 / 200 comes by chance where nothing differs.
    const moved = analysedWindow(0, { challenger: { bins: [33, 33, 33, 101] } });
    expect(judge('score-distribution', [moved])).toMatchObject({ verdict: 'inconclusive', isOpen: true });
    const more = Array.from({ length: 100 }, (_, k) => analysedWindow(k, { challenger: { bins: [33, 33, 33, 101] } }));
    expect(judge('score-distribution', more)).toMatchObject({ verdict: 'fail', n: 20_000 });
  });

  it('is inconclusive with fewer than 200 rows, and is not asked where the policy says null', () => {
    const few = analysedWindow(0, { rows: 199 });
    expect(judge('score-distribution', [few])).toMatchObject({ verdict: 'inconclusive', value: null, isOpen: true });
    expect(judge('score-distribution', [few], { policy: { maxScorePsi: null } })).toBeUndefined();
  });
});

describe('decision churn', () => {
  it('passes up to its limit, fails beyond it where that is shown, and is open in between', () => {
    const policy = { maxChurn: 0.1 };
    const verdictAt = (differ: number) => judge('decision-churn', [analysedWindow(0, { differ })], { policy })?.verdict;
    // By exact fractions in Python the chance of 35 of 200 is 0.072 over all looks, that of 36 is 0.037.
    expect([20, 21, 35, 36].map(verdictAt)).toEqual(['pass', 'inconclusive', 'inconclusive', 'fail']);
  });

  it('is not broken by the noise of a single small window', () => {
    const policy = { maxChurn: 0.1 };
    const check = judge('decision-churn', [analysedWindow(0, { rows: 1, differ: 1 })], { policy });
    expect(check).toMatchObject({ verdict: 'inconclusive', isOpen: true });
    expect(check?.why).toContain('which may be chance with so few rows');
  });

  it('is of the windows of this step only, and needs one', () => {
    const earlier = { ...analysedWindow(0, { differ: 200 }), isOwn: false };
    expect(judge('decision-churn', [earlier])).toMatchObject({ verdict: 'inconclusive', n: 0, value: null });
    expect(judge('decision-churn', [earlier, analysedWindow(1)])).toMatchObject({ verdict: 'pass', n: 200 });
  });
});

describe('business value', () => {
  const policy = { maxValueLoss: 0.2 };
  const lossy = (k: number, more: number) =>
    analysedWindow(k, {
      challenger: {
        decisions: { truePositive: 20 - more, falsePositive: 10, trueNegative: 60, falseNegative: 10 + more },
      },
    });

  it('is lost per decision, by window', () => {
    // One right alarm fewer of 100 decisions: 12 EUR less, 0.12 per decision.
    const check = judge('value', [lossy(0, 1)], { policy });
    expect(check).toMatchObject({ verdict: 'pass', n: 1, limit: 0.2 });
    expect(check?.value).toBeCloseTo(0.12, 10);
  });

  it('fails only where a loss beyond the limit is shown', () => {
    expect(judge('value', [lossy(0, 5)], { policy })?.verdict).toBe('inconclusive');
    const days = [5, 6, 5, 6, 5, 6].map((more, k) => lossy(k, more));
    expect(judge('value', days, { policy })?.verdict).toBe('fail');
  });

  it('is not asked without a limit', () => {
    expect(judge('value', [lossy(0, 5)])).toBeUndefined();
  });
});

describe('the sample ratio', () => {
  const cohort: CohortSize = {
    filesDigest: 'f',
    rows: 1_000,
    challengerRows: 300,
    entities: 100,
    challengerEntities: 50,
    sharedEntities: 0,
  };

  it('counts entities, not rows: some have many', () => {
    expect(judge('sample-ratio', [analysedWindow(0)], { cohort })).toMatchObject({ verdict: 'pass', value: 1, n: 100 });
  });

  it('is a mismatch below its chance, which no further window settles', () => {
    const at = (challengerEntities: number) =>
      judge('sample-ratio', [analysedWindow(0)], { cohort: { ...cohort, challengerEntities } });
    // By exact fractions in Python the chance of 71 of 100 is 0.0020 over all looks, that of 72 is 0.00099.
    expect(at(71)?.verdict).toBe('pass');
    expect(at(72)).toMatchObject({ verdict: 'inconclusive', isOpen: false });
  });

  it('is open while nobody could be counted, and not asked where nobody is drawn', () => {
    expect(judge('sample-ratio', [analysedWindow(0)])).toMatchObject({ verdict: 'inconclusive', isOpen: true, n: 0 });
    expect(judge('sample-ratio', [analysedWindow(0)], { sharePercent: null })).toBeUndefined();
  });

  it('is exact at 100 percent', () => {
    const all = { ...cohort, challengerEntities: 100 };
    expect(judge('sample-ratio', [analysedWindow(0)], { cohort: all, sharePercent: 100 })?.verdict).toBe('pass');
    expect(judge('sample-ratio', [analysedWindow(0)], { cohort, sharePercent: 100 })?.verdict).toBe('inconclusive');
  });
});

describe('windows that the challenger could not score', () => {
  it('fail from the first one on', () => {
    expect(judge('unserved', [analysedWindow(0)])).toMatchObject({ verdict: 'pass', value: 0, limit: 0 });
    expect(judge('unserved', [analysedWindow(0)], { unserved: 1 })).toMatchObject({ verdict: 'fail', value: 1 });
  });
});
