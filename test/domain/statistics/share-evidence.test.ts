import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../domain/statistics/random.js';
import { chanceOfAtMost, chanceOfShare } from '../../../domain/statistics/share-evidence.js';

describe('the chance of a share at all looks', () => {
  // 1 / E by exact fractions in Python, with the mixture's rising factorials; 1 where E is below 1.
  it.each([
    [18, 40, 0.05, 1.020_823_134_282_676_2e-8],
    [66, 100, 0.5, 0.037_965_717_404_165_71],
    [72, 100, 0.5, 0.000_990_942_732_527_013_3],
    [0, 300, 0.05, 8.025_353_841_565_528e-6],
    [300, 1_000, 0.25, 0.012_441_951_238_927_785],
    [50, 100, 0.5, 1],
  ])('gives %i of %i at a share of %f the chance %f', (count, of, share, expected) => {
    expect(chanceOfShare({ count, of }, share) / expected).toBeCloseTo(1, 9);
  });

  it('leaves no room for chance at 0 and 100 percent', () => {
    const at = (count: number, share: number) => chanceOfShare({ count, of: 9 }, share);
    expect([at(0, 0), at(1, 0), at(9, 1), at(8, 1)]).toEqual([1, 0, 1, 0]);
    expect(chanceOfShare({ count: 0, of: 0 }, 0.5)).toBe(1);
  });

  it('finds nothing in a sound split of millions, and a mismatch of half a percent in it', () => {
    expect(chanceOfShare({ count: 2_500_100, of: 10_000_000 }, 0.25)).toBe(1);
    expect(chanceOfShare({ count: 2_550_000, of: 10_000_000 }, 0.25)).toBeLessThan(1e-50);
  });
});

describe('the chance of at most a share at all looks', () => {
  // 1 / E by exact integration of polynomials in Python.
  it.each([
    [1, 1, 0.1, 0.181_818_181_818_181_8],
    [2, 2, 0.1, 0.027_027_027_027_027_03],
    [35, 200, 0.1, 0.071_776_412_271_776_4],
    [36, 200, 0.1, 0.036_544_706_719_053_494],
    [18, 20, 0.5, 0.001_902_790_759_781_012],
    [10, 200, 0.1, 1],
  ])('gives %i of %i above %f the chance %f', (count, of, limit, expected) => {
    expect(chanceOfAtMost({ count, of }, limit) / expected).toBeCloseTo(1, 7);
  });

  it('leaves no room for chance above 0, and all of it below 1', () => {
    expect([chanceOfAtMost({ count: 1, of: 1_000 }, 0), chanceOfAtMost({ count: 0, of: 5 }, 0)]).toEqual([0, 1]);
    expect(chanceOfAtMost({ count: 5, of: 5 }, 1)).toBe(1);
  });
});

const seed = 20_011;
const splits = 2_000;
const looks = 100;
const alpha = 0.05;
/** 5 % and what chance adds in 99 of 100 runs of so many splits. */
const bound = alpha + 2.326 * Math.sqrt((alpha * (1 - alpha)) / splits);

/** Share of splits that some look calls a mismatch, when `each` more entities are drawn before every look. */
function alarms(isAlarm: (count: number, of: number) => boolean, share: number, each: number, count = splits): number {
  const random = seededRandom(seed);
  let found = 0;
  for (let split = 0; split < count; split += 1) {
    let hits = 0;
    for (let look = 1; look <= looks; look += 1) {
      for (let draw = 0; draw < each; draw += 1) hits += random() < share ? 1 : 0;
      if (isAlarm(hits, look * each)) {
        found += 1;
        break;
      }
    }
  }
  return found / count;
}

const mismatch = (expected: number) => (count: number, of: number) => chanceOfShare({ count, of }, expected) < alpha;

describe(`a hundred looks (seed ${String(seed)})`, () => {
  it.each([0.01, 0.05, 0.25, 0.5])('at a sound split of %f alarm at most once in twenty splits', (share) => {
    expect(alarms(mismatch(share), share, 20)).toBeLessThanOrEqual(bound);
  });

  it('would alarm far more often with a test afresh at each of them', () => {
    const afresh = (count: number, of: number) => Math.abs(count - of / 2) > 1.96 * Math.sqrt(of / 4);
    expect(alarms(afresh, 0.5, 20, 500)).toBeGreaterThan(0.25);
  });

  it('find a share of 6 % where 5 % were decided on, and 55 % where it was half', () => {
    expect(alarms(mismatch(0.05), 0.06, 200, 200)).toBeGreaterThan(0.95);
    expect(alarms(mismatch(0.5), 0.55, 20, 200)).toBeGreaterThan(0.9);
  });

  it('call no share at the limit a higher one more than once in twenty times', () => {
    const isAbove = (count: number, of: number) => chanceOfAtMost({ count, of }, 0.3) <= alpha;
    expect(alarms(isAbove, 0.3, 5)).toBeLessThanOrEqual(bound);
    expect(alarms(isAbove, 0.4, 20, 200)).toBeGreaterThan(0.99);
  });
});
