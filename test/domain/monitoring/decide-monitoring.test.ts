import { describe, expect, test } from 'vitest';
import type { TrainingProfile } from '../../../domain/model-bundle.js';
import type { PublishedPerformance } from '../../../domain/monitoring.js';
import { decideDecay } from '../../../domain/monitoring/decide-decay.js';
import { decideDrift, stabilityIndex, type DriftDecision } from '../../../domain/monitoring/decide-drift.js';
import { decideMonitoring } from '../../../domain/monitoring/decide-monitoring.js';
import type { MonitorPolicy } from '../../../domain/pipeline-definition.js';
import { aucStandardError } from '../../../domain/statistics/auc-standard-error.js';

const profile: TrainingProfile = {
  rows: 10_000,
  numeric: { distance: { cuts: [500, 1000], shares: [0.5, 0.3, 0.2], nullShare: 0 } },
  categorical: { origin: { values: ['ATL', 'LAX'], shares: [0.5, 0.4] } },
  scores: { mean: 0.2, cuts: [], shares: [1] },
};

function performance(overrides: Partial<PublishedPerformance> = {}): PublishedPerformance {
  const some = { value: 0.2, reason: null };
  return {
    rows: 1000,
    labelledRows: 950,
    coverage: 0.95,
    positives: 190,
    positiveShare: 0.2,
    decidedPositiveShare: 0.2,
    meanScore: 0.2,
    metrics: { auc: { value: 0.7, reason: null }, logLoss: some, brier: some, ece: some },
    standardErrors: { auc: { value: 0.01, of: 'row', count: 1000 } },
    ...overrides,
  };
}

describe('drift', () => {
  const counts = (distance: readonly number[], origin: readonly number[], other: number, rows = 1000) => ({
    rows,
    numeric: { distance: { counts: distance, nulls: 0 } },
    categorical: { origin: { counts: origin, other } },
  });

  test('the index with half a row in each bin is that of NumPy', () => {
    expect(stabilityIndex([0.5, 0.3, 0.2], 1000, [100, 140, 160], 400).psi).toBeCloseTo(0.31813095589473406, 12);
  });

  test('inputs like those of the training have not moved', () => {
    const drift = decideDrift({ profile, counts: counts([500, 300, 200], [500, 400], 100), policy: { psiLimit: 0.2 } });
    expect(drift).toMatchObject({ driftedFeatures: [], datasetDrifted: false });
    expect(drift.features.every((feature) => (feature.psi ?? 1) < 0.001)).toBe(true);
  });

  test('a feature that moved is named with its index and limit', () => {
    const drift = decideDrift({ profile, counts: counts([100, 300, 600], [500, 400], 100), policy: { psiLimit: 0.2 } });
    expect(drift.driftedFeatures).toEqual(['distance']);
    expect(drift.features[0]).toMatchObject({ feature: 'distance', drifted: true, limit: 0.2 });
    // One of two is half of them.
    expect(drift.datasetDrifted).toBe(true);
  });

  test('an ignored feature is not compared, and is none of those that half of must have moved', () => {
    const policy = { psiLimit: 0.2, ignore: ['distance'] };
    const drift = decideDrift({ profile, counts: counts([0, 0, 1000], [500, 400], 100), policy });
    expect(drift).toMatchObject({ driftedFeatures: [], datasetDrifted: false });
    expect(drift.features.find(({ feature }) => feature === 'distance')).toEqual({
      feature: 'distance',
      psi: null,
      limit: null,
      drifted: false,
      why: 'distance is not compared: monitor.ignore names it',
    });
  });

  test('nulls and unseen categories are bins too', () => {
    const unseen = decideDrift({ profile, counts: counts([500, 300, 200], [0, 0], 1000), policy: { psiLimit: 0.2 } });
    expect(unseen.driftedFeatures).toEqual(['origin']);
    const nulls = {
      ...counts([250, 150, 100], [500, 400], 100),
      numeric: { distance: { counts: [250, 150, 100], nulls: 500 } },
    };
    expect(decideDrift({ profile, counts: nulls, policy: { psiLimit: 0.2 } }).driftedFeatures).toEqual(['distance']);
  });

  test('with few rows the limit is what chance gives, not the policy', () => {
    const few = decideDrift({
      profile: { ...profile, rows: 1000 },
      counts: counts([200, 120, 80], [200, 160], 40, 400),
      policy: { psiLimit: 0.01 },
    });
    const origin = few.features.find((feature) => feature.feature === 'origin');
    expect(origin?.limit).toBeCloseTo(0.048354286952874956, 9);
  });

  test('fewer than 200 rows, or bins of another profile, say nothing', () => {
    const small = decideDrift({ profile, counts: counts([0, 0, 199], [0, 0], 199, 199), policy: { psiLimit: 0.2 } });
    expect(small).toMatchObject({ driftedFeatures: [], datasetDrifted: false });
    expect(small.features.map((feature) => feature.psi)).toEqual([null, null]);
    const other = decideDrift({ profile, counts: counts([1000], [500, 400], 100), policy: { psiLimit: 0.2 } });
    expect(other.features.find((feature) => feature.feature === 'distance')?.psi).toBeNull();
  });
});

describe('decay', () => {
  const policy = { metric: 'auc', decayMargin: 0.03 } as const;
  const decide = (auc: number, expectedAuc: number | null, se: number | null = 0.01) => {
    const standardErrors = se === null ? {} : { auc: { value: se, of: 'row', count: 1000 } as const };
    const measured = performance({ standardErrors });
    const metrics = { ...measured.metrics, auc: { value: auc, reason: null } };
    return decideDecay({ performance: { ...measured, metrics }, promised: expectedAuc, policy }).verdict;
  };

  test('is shown only when even the upper bound is below the promise less the margin', () => {
    // One-sided 95 % reaches 1.645 standard errors: 0.01645.
    expect(decide(0.653, 0.7)).toBe('fail');
    expect(decide(0.654, 0.7)).toBe('inconclusive');
    expect(decide(0.686, 0.7)).toBe('inconclusive');
    expect(decide(0.687, 0.7)).toBe('pass');
  });

  test('cannot be judged without a promise or a standard error', () => {
    expect(decide(0.5, null)).toBe('inconclusive');
    expect(decide(0.5, 0.7, null)).toBe('inconclusive');
  });

  test('cannot be judged on one class', () => {
    const metrics = { ...performance().metrics, auc: { value: null, reason: 'none of the 9 labels is positive' } };
    const decision = decideDecay({ performance: performance({ metrics }), promised: 0.7, policy });
    expect(decision.verdict).toBe('inconclusive');
    expect(decision.why).toContain('none of the 9 labels is positive');
  });

  test('of an error is shown only when even the lower bound is above the promise and the margin', () => {
    // Student's one-sided 95 % of 40 rows reaches 1.68488 standard errors: 0.168488 of the label's unit.
    const error = (value: number, decayMargin: MonitorPolicy['decayMargin'] = 0.5) => {
      const metrics = { mae: { value, reason: null } };
      const standardErrors = { mae: { value: 0.1, of: 'row', count: 40 } } as const;
      const measured = performance({ metrics, standardErrors });
      return decideDecay({ performance: measured, promised: 10, policy: { metric: 'mae', decayMargin } });
    };
    expect(error(10.669).verdict).toBe('fail');
    expect(error(10.668).verdict).toBe('inconclusive');
    expect(error(10.332).verdict).toBe('inconclusive');
    expect(error(10.331).verdict).toBe('pass');
    expect(error(2).verdict).toBe('pass');
    // A tenth of the promise is 1.
    expect(error(11.169, { share: 0.1 })).toMatchObject({ verdict: 'fail', margin: 1 });
    expect(error(11.168, { share: 0.1 }).verdict).toBe('inconclusive');
    expect(error(11.169, { share: 0.1 }).why).toBe(
      'mean absolute error 11.17 (11 to 11.34) is shown to be above the promised 10 plus 1, in the unit of the label',
    );
  });

  test('of few days needs more than that of as many rows', () => {
    const over = (of: 'row' | 'day', count: number) => {
      const measured = performance({
        metrics: { brier: { value: 0.25, reason: null } },
        standardErrors: { brier: { value: 0.02, of, count } },
      });
      return decideDecay({ performance: measured, promised: 0.2, policy: { metric: 'brier', decayMargin: 0.01 } })
        .verdict;
    };
    // One-sided 95 %: 1.6464 standard errors of 1,000 rows, 2.1318 of five days; the distance is 2.
    expect([over('row', 1000), over('day', 5)]).toEqual(['fail', 'inconclusive']);
  });

  test('cannot be judged on fewer than 30 rows, however sure they look', () => {
    const of = (labelledRows: number) =>
      decideDecay({
        performance: performance({
          labelledRows,
          standardErrors: { auc: { value: 0, of: 'row', count: labelledRows } },
        }),
        promised: 0.99,
        policy,
      });
    expect(of(29)).toMatchObject({ verdict: 'inconclusive' });
    expect(of(29).why).toContain('29 labelled rows are too few');
    expect(of(30).verdict).toBe('fail');
  });

  test('the standard error is at most a tenth above the spread of the AUC over samples of that size', () => {
    // scikit-learn over 4,000 samples of two normals with a true AUC of 0.7, 200 positives and 800 negatives: 0.02056.
    const ratio = aucStandardError(0.7, 200, 800) / 0.02056;
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.1);
  });
});

describe('the verdict over a window', () => {
  const still: DriftDecision = {
    rows: 1000,
    features: [{ feature: 'distance', psi: 0.01, limit: 0.2, drifted: false, why: 'distance is where it was' }],
    driftedFeatures: [],
    datasetDrifted: false,
  };
  const decay = (verdict: 'pass' | 'fail' | 'inconclusive') => ({
    verdict,
    metric: 'auc' as const,
    value: 0.7,
    promised: 0.7,
    lower: 0.68,
    upper: 0.72,
    margin: 0.03,
    why: `AUC says ${verdict}`,
  });
  const decide = (overrides: Partial<Parameters<typeof decideMonitoring>[0]> = {}) =>
    decideMonitoring({
      performance: performance(),
      decay: decay('pass'),
      drift: still,
      minCoverage: 0.9,
      ...overrides,
    });

  test('passes when labels are in, performance holds and inputs are in place', () => {
    expect(decide()).toMatchObject({ verdict: 'pass', decayed: false, driftedFeatures: [] });
  });

  test('is inconclusive below the coverage, even if the few labels look bad', () => {
    const early = decide({ performance: performance({ coverage: 0.89 }), decay: decay('fail') });
    expect(early).toMatchObject({ verdict: 'inconclusive', decayed: false });
    expect(early.grounds[0]).toContain('89.0 %');
    expect(decide({ performance: performance({ coverage: 0.9 }), decay: decay('fail') }).verdict).toBe('fail');
  });

  test('is inconclusive when nothing was published', () => {
    const nothing = decide({ performance: performance({ rows: 0, labelledRows: 0, coverage: null }) });
    expect(nothing.verdict).toBe('inconclusive');
  });

  test('fails on shown decay', () => {
    expect(decide({ decay: decay('fail') })).toMatchObject({ verdict: 'fail', decayed: true });
  });

  test('names single drifted features, and fails when the data as a whole moved', () => {
    const one = { ...still, driftedFeatures: ['weekday'] };
    expect(decide({ drift: one })).toMatchObject({ verdict: 'pass', driftedFeatures: ['weekday'] });
    expect(decide({ drift: { ...one, datasetDrifted: true } }).verdict).toBe('fail');
  });

  test('is inconclusive when no feature could be measured', () => {
    expect(decide({ drift: { ...still, features: [] } }).verdict).toBe('inconclusive');
  });
});
