import { describe, expect, it } from 'vitest';
import {
  describeRestoredShares,
  sayReplacedPositives,
  sumPositives,
  type ReplacedWindowCount,
} from '../../domain/replaced-decisions.js';

const friday: ReplacedWindowCount = {
  window: '2001-04-06',
  rows: 16_944,
  positives: { before: 5_662, after: 12_676 },
};
const window = (day: number, after: number): ReplacedWindowCount => ({
  window: `2001-04-${String(day).padStart(2, '0')}`,
  rows: 10_000,
  positives: { before: 2_000, after },
});

describe('the decisions of replaced rows', () => {
  it('are said as positive now of all, and before', () => {
    expect(sayReplacedPositives({ rowsReplaced: 16_944, positives: friday.positives })).toBe(
      '12,676 of 16,944 positive now, 5,662 before',
    );
  });

  it('are not said where an older record did not count them', () => {
    expect(sayReplacedPositives({ rowsReplaced: 16_944 })).toBeNull();
  });

  it('add up over windows, and are unknown where nothing was replaced', () => {
    expect(sumPositives([friday, window(5, 1_000)])).toEqual({ before: 7_662, after: 13_676 });
    expect(sumPositives([])).toBeNull();
  });
});

describe('a restored version', () => {
  it('is warned of where it calls far more rows positive than intended, by window', () => {
    expect(describeRestoredShares([window(5, 2_500), friday], 0.2)).toEqual([
      '2001-04-06, as restored: 74.8 % of the decisions are positive, and decision.positiveRate is 20 %: look at the inputs of this window',
    ]);
  });

  it('is warned of at more than three times the rate, and not at three times', () => {
    expect(describeRestoredShares([window(5, 6_000)], 0.2)).toEqual([]);
    expect(describeRestoredShares([window(5, 6_001)], 0.2)).toHaveLength(1);
  });

  it('is not warned of by what the version that was taken back had called positive', () => {
    expect(
      describeRestoredShares([{ window: 'w', rows: 10_000, positives: { before: 9_999, after: 2_000 } }], 0.2),
    ).toEqual([]);
  });

  it('names five windows, and says how many more are like them', () => {
    const five = [1, 2, 3, 4, 5].map((day) => window(day, 9_000));
    expect(describeRestoredShares(five, 0.2)).toHaveLength(5);
    const said = describeRestoredShares([...five, window(6, 9_000), window(7, 9_000)], 0.2);
    expect(said).toHaveLength(6);
    expect(said.at(-1)).toBe('… and 2 more windows like these');
  });
});
