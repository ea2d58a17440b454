import { describe, expect, it } from 'vitest';
import { decideAudit, type AuditHistory, type ScoreFacts } from '../../domain/audit.js';
import type { AuditPolicy } from '../../domain/pipeline-definition.js';

const policy: AuditPolicy = { minRowShare: 0.5, maxRowShare: 2, maxQuarantineShare: 0.1, maxMeanShift: 0.25 };
const history: AuditHistory = {
  servedDigest: 'champion',
  quarantinedRows: 0,
  recentRows: [80, 100, 120],
  validationMean: 0.5,
};

function facts(change: Partial<ScoreFacts> = {}, served: Partial<ScoreFacts['scores'][number]> = {}): ScoreFacts {
  const champion = { modelDigest: 'champion', nonFinite: 0, mean: 0.5, min: 0.1, max: 0.9, deciles: [], ...served };
  const zeros = { missingKeys: 0, extraKeys: 0, duplicateKeys: 0 };
  return { rowsIn: 100, rowsOut: 100, ...zeros, scores: [champion], ...change };
}

const grounds = (found: ScoreFacts, compared: AuditHistory = history) => {
  const decision = decideAudit(found, policy, compared);
  return decision.status === 'held' ? decision.grounds : [];
};

describe('the audit of a scored window', () => {
  it('passes when rows, keys, scores and volume are as expected', () => {
    expect(decideAudit(facts(), policy, history)).toEqual({ status: 'passed' });
  });

  it.each([
    ['rows are lost', facts({ rowsOut: 99 }), /99 rows scored, but the snapshot has 100 rows/],
    ['keys have no score', facts({ missingKeys: 1 }), /1 keys of the snapshot have no score/],
    ['keys are unknown', facts({ extraKeys: 2 }), /2 scored keys are not in the snapshot/],
    ['keys repeat', facts({ duplicateKeys: 3 }), /3 scored rows repeat a key/],
    ['a score is no number', facts({}, { nonFinite: 1 }), /1 scores are null, NaN or infinite/],
    ['there is no mean to compare', facts({}, { mean: null }), /mean score none/],
    ['the mean is NaN', facts({}, { mean: Number.NaN }), /mean score NaN/],
    ['the served model has no scores', facts({ scores: [] }), /scores of the served model champion are missing/],
  ])('holds the window when %s', (_why, found, text) => {
    expect(grounds(found)).toEqual([expect.stringMatching(text)]);
  });

  it('gives every reason at once', () => {
    expect(grounds(facts({ rowsOut: 90, missingKeys: 10 }, { nonFinite: 4 }))).toHaveLength(3);
  });

  it('lets the mean score move up to the limit, and no further', () => {
    expect(grounds(facts({}, { mean: 0.625 }))).toEqual([]);
    expect(grounds(facts({}, { mean: 0.375 }))).toEqual([]);
    expect(grounds(facts({}, { mean: 0.6251 }))).toHaveLength(1);
    expect(grounds(facts({}, { mean: 0.3749 }))).toHaveLength(1);
  });

  it('does not judge the mean of a model without validation scores', () => {
    expect(grounds(facts({}, { mean: 0.9 }), { ...history, validationMean: null })).toEqual([]);
  });

  it('lets the row count differ from the recent median within both limits', () => {
    const rows = (count: number) => grounds(facts({ rowsIn: count, rowsOut: count }));
    expect(rows(50)).toEqual([]);
    expect(rows(200)).toEqual([]);
    expect(rows(49)).toEqual([expect.stringMatching(/49 rows are 0.49 of the usual 100; expected 0.5 to 2/)]);
    expect(rows(201)).toHaveLength(1);
  });

  it('has no usual row count to compare the first window with', () => {
    expect(grounds(facts({ rowsIn: 1, rowsOut: 1 }), { ...history, recentRows: [] })).toEqual([]);
  });

  it('takes the mean of the middle two when the recent windows are even in number', () => {
    const compared = { ...history, recentRows: [400, 100, 1, 300] };
    expect(grounds(facts(), compared)).toEqual([]);
    expect(grounds(facts({ rowsIn: 99, rowsOut: 99 }), compared)).toHaveLength(1);
  });

  it('allows quarantined rows up to their share of all rows', () => {
    const quarantined = (count: number) =>
      grounds(facts({ rowsIn: 90, rowsOut: 90 }), { ...history, quarantinedRows: count });
    expect(quarantined(10)).toEqual([]);
    expect(quarantined(11)).toEqual([expect.stringMatching(/11 of 101 rows were quarantined/)]);
  });

  it('passes a covered window without rows, which is published as empty', () => {
    const empty = facts({ rowsIn: 0, rowsOut: 0 }, { mean: null, min: null, max: null });
    expect(grounds(empty)).toEqual([]);
  });

  it('holds a window all of whose rows were quarantined', () => {
    const empty = facts({ rowsIn: 0, rowsOut: 0 }, { mean: null });
    expect(grounds(empty, { ...history, quarantinedRows: 100 })).toHaveLength(2);
  });

  it('is not held by the scores of a shadow', () => {
    const shadow = { modelDigest: 'shadow', nonFinite: 7, mean: 5, min: 5, max: 5, deciles: [] };
    const both = facts();
    expect(grounds({ ...both, scores: [...both.scores, shadow] })).toEqual([]);
  });
});
