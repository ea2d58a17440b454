import { describe, expect, it } from 'vitest';
import { describeDecisionShare } from '../../../domain/audit/decision-share.js';

const said = (rows: number, positives: number, rate = 0.2) => describeDecisionShare({ rows, positives }, rate);

describe('the share of positive decisions of a window', () => {
  it('is worth a warning with more than three times the rate that the threshold was set for', () => {
    expect(said(10_000, 7_500)).toEqual([
      '75 % of the decisions are positive, and decision.positiveRate is 20 %: look at the inputs of this window',
    ]);
    expect(said(10_000, 6_001)).toHaveLength(1);
    expect(said(10_000, 6_000)).toEqual([]);
  });

  it('is worth one with less than a third of it, too', () => {
    expect(said(9_000, 599)).toHaveLength(1);
    expect(said(9_000, 600)).toEqual([]);
    expect(said(9_000, 0)).toHaveLength(1);
  });

  it('says nothing about windows so small that chance gives such a share', () => {
    // Of 10 rows at 20 %, 2 are expected; three standard deviations are 3.8 rows.
    expect(said(10, 0)).toEqual([]);
    expect(said(0, 0)).toEqual([]);
    // Of 4 rows at 5 %, 0.2 are expected; three standard deviations are 1.3 rows.
    expect(said(4, 1, 0.05)).toEqual([]);
    expect(said(4, 2, 0.05)).toHaveLength(1);
  });
});
