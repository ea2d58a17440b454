import { describe, expect, it } from 'vitest';
import type { ScoreReference, SideSums, WindowSums } from '../../../domain/rollout/analysis.js';
import { judgeScores } from '../../../domain/rollout/judge-scores.js';
import { seededRandom } from '../../../domain/statistics/random.js';
import { analysedSide, analysedWindow, evenReferences } from '../../support/analysed-windows.js';

const limit = 0.25;

function sumsOf(challenger: readonly number[], champion: readonly number[]): WindowSums {
  const side = (bins: readonly number[]): SideSums => ({ ...analysedSide, bins });
  const rows = challenger.reduce((sum, count) => sum + count, 0);
  const { sums } = analysedWindow(0, { rows });
  if (sums === null) throw new Error('a judged window has sums');
  return { ...sums, challenger: side(challenger), champion: side(champion) };
}

const judge = (challenger: readonly number[], champion: readonly number[], references = evenReferences) =>
  judgeScores([sumsOf(challenger, champion)], references, limit);

/** Of the shares themselves, by its definition. */
const index = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, share, bin) => sum + ((q[bin] ?? 0) - share) * Math.log((q[bin] ?? 0) / share), 0);

/** Counts of 800 rows in proportion to shares, as near as whole rows come. */
const inProportion = (shares: readonly number[], rows = 800) => shares.map((share) => Math.round(share * rows));

describe('sound models', () => {
  /** Validation scores of two versions of one pipeline, of 20 and of 40 trees with four leaves each, as they were. */
  const twenty: ScoreReference = {
    cuts: [0.14899, 0.15934, 0.16922, 0.18796, 0.20124, 0.22644, 0.29119, 0.38426, 0.49723],
    shares: [0.1646, 0.0493, 0.145, 0.0557, 0.1286, 0.0577, 0.1205, 0.0798, 0.1022, 0.0966],
    rows: 5_600,
  };
  const forty: ScoreReference = {
    cuts: [0.13205, 0.14589, 0.15825, 0.18073, 0.19851, 0.22441, 0.28839, 0.39212, 0.54238],
    shares: [0.1268, 0.0922, 0.0916, 0.0936, 0.1, 0.1002, 0.1034, 0.0952, 0.0993, 0.0979],
    rows: 5_600,
  };

  it('of few distinct scores pass where each scores as on its validation rows, however unlike they are', () => {
    // In the bins of the one, the scores of the other lie far off: 20 trees have no more than a few distinct scores.
    const inBinsOfForty = [0, 0.1646, 0.0493, 0.2007, 0.1286, 0, 0.1782, 0.0798, 0.1988, 0];
    const smooth = inBinsOfForty.map((share) => (share + 0.000_625) / 1.006_25);
    expect(index(smooth, forty.shares)).toBeGreaterThan(1);
    const check = judge(inProportion(forty.shares), inProportion(twenty.shares), {
      challenger: forty,
      champion: twenty,
    });
    expect(check).toMatchObject({ verdict: 'pass', value: 0 });
    expect(check.why).not.toContain('rows have moved');
  });

  it('pass where the rows have moved for both, and it says so', () => {
    const moved = [100, 100, 100, 500];
    const check = judge(moved, moved);
    expect(check).toMatchObject({ verdict: 'pass', value: 0 });
    expect(check.why).toMatch(
      /the challenger has moved no farther, limit 0.25: the rows have moved, not the challenger$/,
    );
  });

  it('pass where the rows move one of them somewhat farther than the other', () => {
    // Like a Monday of flights against a week: the indices are farther apart than the limit, the distances are not.
    const [challenger, champion] = [
      [0.1, 0.18, 0.22, 0.5],
      [0.18, 0.23, 0.24, 0.35],
    ] as const;
    const even = [0.25, 0.25, 0.25, 0.25];
    const [own, other] = [index(even, challenger), index(even, champion)];
    expect(own - other).toBeGreaterThan(limit);
    const check = judge(inProportion(challenger, 100_000), inProportion(champion, 100_000));
    expect(check.verdict).toBe('pass');
    expect(check.value).toBeCloseTo((Math.sqrt(own) - Math.sqrt(other)) ** 2, 2);
  });

  it('do not fail by the noise of tiny windows, and seldom are as much as open', () => {
    const random = seededRandom(20_012);
    const verdicts = Array.from({ length: 2_000 }, (_, k) => {
      const rows = 200 + (k % 5) * 50;
      const reference = { ...forty, rows: 1_000, shares: sample(random, forty.shares, 1_000).map((n) => n / 1_000) };
      const champion = { ...twenty, rows: 1_000, shares: sample(random, twenty.shares, 1_000).map((n) => n / 1_000) };
      const drawn = sumsOf(sample(random, forty.shares, rows), sample(random, twenty.shares, rows));
      return judgeScores([drawn], { challenger: reference, champion }, 0.05).verdict;
    });
    expect(verdicts.filter((verdict) => verdict === 'fail')).toEqual([]);
    expect(verdicts.filter((verdict) => verdict === 'inconclusive').length).toBeLessThan(100);
  });
});

/** Counts of so many rows that are drawn by the shares. */
function sample(random: () => number, shares: readonly number[], rows: number): number[] {
  const counts = shares.map(() => 0);
  for (let row = 0; row < rows; row += 1) {
    let rest = random();
    const bin = shares.findIndex((share) => (rest -= share) < 0);
    const at = bin === -1 ? shares.length - 1 : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

describe('a challenger whose scores have moved from its own validation scores', () => {
  const calm = [50, 50, 50, 50];

  it('fails where the champion’s have not', () => {
    const check = judge([40, 40, 40, 280], [100, 100, 100, 100]);
    // By hand, with half a row in each bin: 40.5, 40.5, 40.5 and 280.5 of 402 against a quarter each, less three times
    // 1/400 + 1/20000 that come by chance.
    const [low, high] = [40.5 / 402, 280.5 / 402];
    const quarter = 5_000.5 / 20_002;
    const psi = 3 * (low - quarter) * Math.log(low / quarter) + (high - quarter) * Math.log(high / quarter);
    expect(check).toMatchObject({ verdict: 'fail', limit, n: 400, unit: 'rows' });
    expect(check.value).toBeCloseTo(psi - 3 * (1 / 400 + 1 / 20_000), 10);
    expect(check.why).toContain("is the challenger's alone, limit 0.25");
  });

  it('fails where the rows have moved as well, but the challenger far more', () => {
    expect(judge([200, 200, 1_000, 18_600], [4_000, 4_000, 4_000, 8_000]).verdict).toBe('fail');
  });

  it('is open where 200 rows may be beyond the limit by chance, and fails where more rows show it', () => {
    const moved = [30, 30, 30, 110];
    expect(judge(moved, calm)).toMatchObject({ verdict: 'inconclusive', isOpen: true });
    const hundred = Array.from({ length: 100 }, () => sumsOf(moved, calm));
    expect(judgeScores(hundred, evenReferences, limit)).toMatchObject({ verdict: 'fail', n: 20_000 });
  });

  it('is judged alone where the champion has no profile', () => {
    const { challenger } = evenReferences;
    const check = judge([100, 100, 100, 500], [800], { challenger, champion: null });
    expect(check.verdict).toBe('fail');
    expect(check.why).toContain('the champion has no profile to compare with');
    expect(judge(inProportion([0.25, 0.25, 0.25, 0.25]), [800], { challenger, champion: null }).verdict).toBe('pass');
  });
});

describe('what cannot be measured', () => {
  it('is inconclusive: fewer than 200 rows may become more, a challenger without a profile gets none', () => {
    const few = judge([50, 50, 50, 49], [50, 50, 50, 49]);
    expect(few).toMatchObject({ verdict: 'inconclusive', value: null, isOpen: true });
    const none = judge([800], [200, 200, 200, 200], { ...evenReferences, challenger: null });
    expect(none).toMatchObject({ verdict: 'inconclusive', value: null, isOpen: false });
  });
});
