import { describe, expect, it } from 'vitest';
import { decideAudit, type AuditHistory } from '../../../domain/audit/decide-audit.js';
import { mergeShardFacts, type WindowFacts } from '../../../domain/audit/window-facts.js';
import type { AuditPolicy } from '../../../domain/pipeline-definition.js';
import type { ChurnCount, ModelShardFacts, ShardFacts } from '../../../domain/shard-facts.js';
import { modelFacts, shardFacts } from '../../support/shard-facts.js';

const policy: AuditPolicy = {
  minRowShare: 0.5,
  maxRowShare: 2,
  maxQuarantineShare: 0.1,
  maxMeanShift: 0.25,
  maxScorePsi: null,
  churn: { max: 0.2, maxSlice: 0.3, minSliceRows: 10 },
};
const history: AuditHistory = {
  servedDigest: 'champion',
  snapshotRows: 100,
  quarantinedRows: 0,
  liveRows: 0,
  recentRows: [80, 100, 120],
  validation: { champion: { mean: 0.5, shares: [0.5, 0.5], rows: 1_000 } },
};

/** A window of one part with a hundred rows. */
function facts(change: Partial<ShardFacts> = {}, served: Partial<ModelShardFacts> = {}): WindowFacts {
  const champion = modelFacts({ sum: 50, binCounts: [50, 50], ...served });
  return mergeShardFacts(null, shardFacts({ rowsIn: 100, rowsOut: 100, models: [champion], ...change }));
}

const grounds = (found: WindowFacts, compared: Partial<AuditHistory> = {}, rules: Partial<AuditPolicy> = {}) => {
  const all = { ...history, snapshotRows: found.rowsIn, ...compared };
  const decision = decideAudit(found, { ...policy, ...rules }, all);
  return decision.status === 'held' ? decision.grounds : [];
};

describe('the audit of a scored window', () => {
  it('passes when rows, keys, scores and volume are as expected', () => {
    expect(decideAudit(facts(), policy, history).status).toBe('passed');
  });

  it.each([
    ['rows are lost', facts({ rowsOut: 99 }, { sum: 49.5 }), /99 rows scored, but the snapshot has 100 rows/],
    ['keys have no score', facts({ missingKeys: 1 }), /1 keys of the snapshot have no score/],
    ['keys are unknown', facts({ extraKeys: 2 }), /2 scored keys are not in the snapshot/],
    ['keys repeat', facts({ duplicateKeys: 3 }), /3 scored rows repeat a key/],
    ['a score is no number', facts({}, { nonFinite: 1, sum: 49.5 }), /1 scores are null, NaN or infinite; the limit/],
    ['the mean is NaN', facts({}, { sum: Number.NaN }), /mean score NaN/],
    ['the served model has no scores', facts({ models: [] }), /scores of the served model champion are missing/],
  ])('holds the window when %s', (_why, found, text) => {
    expect(grounds(found)).toEqual([expect.stringMatching(text)]);
  });

  it('holds the window when a part of the snapshot was not read', () => {
    expect(grounds(facts(), { snapshotRows: 110 })).toEqual(['100 rows were read, but the snapshot has 110 rows']);
  });

  it('gives every reason at once', () => {
    expect(grounds(facts({ rowsOut: 90, missingKeys: 10 }, { nonFinite: 90, sum: 0 }))).toHaveLength(4);
  });

  it('lets the mean score move up to the limit, and no further', () => {
    expect(grounds(facts({}, { sum: 62.5 }))).toEqual([]);
    expect(grounds(facts({}, { sum: 37.5 }))).toEqual([]);
    expect(grounds(facts({}, { sum: 62.51 }))).toHaveLength(1);
    expect(grounds(facts({}, { sum: 37.49 }))).toHaveLength(1);
  });

  it('lets predicted numbers move by their usual width, where their mean is nearer to zero than that', () => {
    // A hundred changes of price: the first and the last tenth of the validation scores lie 8 apart, their mean is 0.5.
    const around = (width: number) => ({
      validation: { champion: { mean: 0.5, width, shares: [0.5, 0.5], rows: 1_000 } },
    });
    expect(grounds(facts({}, { sum: 250 }), around(8))).toEqual([]);
    expect(grounds(facts({}, { sum: -150 }), around(8))).toEqual([]);
    expect(grounds(facts({}, { sum: 250.1 }), around(8))).toEqual([
      'mean score 2.501 is 0.2501 times the width of the validation scores, 8, away from their mean 0.5; the limit is 0.25',
    ]);
    expect(grounds(facts({}, { sum: 62.51 }), around(0.1))).toEqual([
      'mean score 0.6251 is 0.2502 times the validation mean 0.5 away from it; the limit is 0.25',
    ]);
  });

  it('does not judge the mean of a model without validation scores', () => {
    expect(grounds(facts({}, { sum: 90 }), { validation: {} })).toEqual([]);
  });

  it('lets the row count differ from the recent median within both limits', () => {
    const rows = (count: number) => grounds(facts({ rowsIn: count, rowsOut: count }, { sum: count / 2 }));
    expect(rows(50)).toEqual([]);
    expect(rows(200)).toEqual([]);
    expect(rows(49)).toEqual([expect.stringMatching(/49 rows are 0.49 of the usual 100; expected 0.5 to 2/)]);
    expect(rows(201)).toHaveLength(1);
  });

  it('has no usual row count to compare the first window with', () => {
    expect(grounds(facts({ rowsIn: 1, rowsOut: 1 }, { sum: 0.5 }), { recentRows: [] })).toEqual([]);
  });

  it('takes the mean of the middle two when the recent windows are even in number', () => {
    const recentRows = [400, 100, 1, 300];
    expect(grounds(facts(), { recentRows })).toEqual([]);
    expect(grounds(facts({ rowsIn: 99, rowsOut: 99 }, { sum: 49.5 }), { recentRows })).toHaveLength(1);
  });

  it('passes a covered window without rows, which is published as empty', () => {
    const empty = facts({ rowsIn: 0, rowsOut: 0 }, { sum: 0, min: null, max: null, binCounts: [0, 0] });
    expect(grounds(empty, {}, { maxScorePsi: 0.1 })).toEqual([]);
  });

  it('holds a window that lost all its published rows, unless the policy asks for no rows', () => {
    const empty = facts({ rowsIn: 0, rowsOut: 0 }, { sum: 0, min: null, max: null, binCounts: [0, 0] });
    expect(grounds(empty, { liveRows: 267 })).toEqual([
      'the window has no rows now, but 267 rows are published for it; audit.minRowShare 0 allows that',
    ]);
    expect(grounds(empty, { liveRows: 267 }, { minRowShare: 0 })).toEqual([]);
  });

  it('holds a window all of whose rows were quarantined', () => {
    const empty = facts({ rowsIn: 0, rowsOut: 0 }, { sum: 0 });
    expect(grounds(empty, { quarantinedRows: 100 })).toHaveLength(1);
  });

  it('is not held by the scores of a shadow', () => {
    const shadow = modelFacts({ modelDigest: 'shadow', nonFinite: 7, sum: 500 });
    const champion = modelFacts({ sum: 50, binCounts: [50, 50] });
    expect(grounds(facts({ models: [champion, shadow] }))).toEqual([]);
  });
});

describe('a challenger that serves a cohort', () => {
  const both = (challenger: Partial<ModelShardFacts>) =>
    facts({
      models: [
        modelFacts({ sum: 50, binCounts: [50, 50] }),
        modelFacts({ modelDigest: 'challenger', sum: 50, binCounts: [50, 50], ...challenger }),
      ],
    });
  const shared = {
    challengerDigest: 'challenger',
    validation: { ...history.validation, challenger: { mean: 0.5, shares: [0.5, 0.5], rows: 1_000 } },
  };

  it('passes when its scores are as its own validation scores were', () => {
    expect(grounds(both({}), shared)).toEqual([]);
  });

  it.each([
    ['no number', both({ nonFinite: 2 }), /^challenger: 2 scores are null, NaN or infinite/],
    ['far from its validation mean', both({ sum: 90 }), /^challenger: mean score 0.9 is 0.8 times/],
    ['missing', facts(), /^challenger: the scores of the served model challenger are missing/],
  ])('holds the window when its scores are %s, and says that they are its', (_title, found, text) => {
    expect(grounds(found, shared)).toEqual([expect.stringMatching(text)]);
  });
});

describe('the distribution of scores', () => {
  /**
   * Counts of 200, 800 against shares of one half each, 1,000 rows on both sides. With half a row added to each bin:
   * p = 0.5, q = 200.5/1001 and 800.5/1001; (q - p) ln(q / p) summed is 0.414912 (computed with bc).
   */
  const skewed = facts({ rowsIn: 1_000, rowsOut: 1_000 }, { sum: 500, binCounts: [200, 800] });

  it('is reported as PSI, and by default holds nothing', () => {
    const decision = decideAudit(skewed, policy, { ...history, snapshotRows: 1_000, recentRows: [] });
    expect(decision.status).toBe('passed');
    expect(decision.report.models[0]?.psi).toBeCloseTo(0.414912, 6);
  });

  it('holds the window beyond the limit of the policy, where there is one', () => {
    const judged = (maxScorePsi: number) => grounds(skewed, { recentRows: [] }, { maxScorePsi });
    expect(judged(0.415)).toEqual([]);
    expect(judged(0.4149)).toEqual([expect.stringMatching(/PSI 0.4149; the limit is 0.4149/)]);
  });

  it('holds the window when the scores were counted into other bins: what cannot be computed never passes', () => {
    const found = facts({}, { binCounts: [100] });
    expect(grounds(found, {}, { maxScorePsi: 1_000 })).toEqual([expect.stringMatching(/PSI NaN/)]);
    expect(grounds(found)).toEqual([]);
  });
});

describe('decision churn', () => {
  const overall = (flips: number, against = 'live'): ChurnCount => ({ against, slice: null, rows: 100, flips });
  const slice = (value: string, rows: number, flips: number, against = 'live'): ChurnCount => ({
    against,
    slice: { column: 'origin', value },
    rows,
    flips,
  });

  it('against what is published holds the window beyond the limit, equality passes', () => {
    expect(grounds(facts({ churn: [overall(20)] }))).toEqual([]);
    expect(grounds(facts({ churn: [overall(21)] }))).toEqual([
      '21 of 100 rows would decide otherwise than what is published (share 0.21); the limit is 0.2',
    ]);
  });

  it('of a slice holds the window too, when the slice is large enough to judge', () => {
    expect(grounds(facts({ churn: [overall(6), slice('ATL', 20, 6)] }))).toEqual([]);
    expect(grounds(facts({ churn: [overall(7), slice('ATL', 20, 7)] }))).toEqual([
      '7 of 20 rows with origin ATL would decide otherwise than what is published (share 0.35); the limit is 0.3',
    ]);
    expect(grounds(facts({ churn: [overall(9), slice('tiny', 9, 9)] }))).toEqual([]);
  });

  it('names ten slices at most, the worst first, and counts the rest', () => {
    const slices = Array.from({ length: 12 }, (_, index) => slice(`A${String(index)}`, 100, 40 + index));
    const found = grounds(facts({ churn: [overall(20), ...slices] }));
    expect(found).toHaveLength(11);
    expect(found[0]).toContain('origin A11');
    expect(found[10]).toBe('2 more slices are beyond the limit 0.3');
  });

  it('against a shadow is reported with its worst slice, and holds nothing', () => {
    const churn = [overall(90, 'shadow'), slice('ATL', 50, 25, 'shadow'), slice('SEA', 50, 45, 'shadow')];
    const decision = decideAudit(facts({ churn }), policy, history);
    expect(decision.status).toBe('passed');
    expect(decision.report.churn).toEqual([
      {
        against: 'shadow',
        rows: 100,
        flips: 90,
        share: 0.9,
        worstSlice: { column: 'origin', value: 'SEA', rows: 50, flips: 45, share: 0.9 },
      },
    ]);
  });

  it('cannot be told without a row in common, and holds nothing then', () => {
    const nobody: ChurnCount = { against: 'live', slice: null, rows: 0, flips: 0 };
    const decision = decideAudit(facts({ churn: [nobody] }), policy, history);
    expect(decision).toMatchObject({ status: 'passed', report: { churn: [{ share: null, worstSlice: null }] } });
  });
});
