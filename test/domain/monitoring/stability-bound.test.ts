import { describe, expect, it } from 'vitest';
import { stabilityLowerBound } from '../../../domain/monitoring/stability-bound.js';
import { seededRandom } from '../../../domain/statistics/random.js';

const seed = 20_011;
const even = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1];
/** Every other bin has `tilt` more, the others as much less. */
const tilted = (tilt: number) => even.map((share, bin) => share + (bin % 2 === 0 ? tilt : -tilt));
/** Of the shares themselves, by its definition. */
const index = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, share, bin) => sum + ((q[bin] ?? 0) - share) * Math.log((q[bin] ?? 0) / share), 0);

function draw(random: () => number, shares: readonly number[], counts: number[], rows: number): void {
  for (let row = 0; row < rows; row += 1) {
    let rest = random();
    const bin = shares.findIndex((share) => (rest -= share) < 0);
    const at = bin === -1 ? shares.length - 1 : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
}

/** Share of the histories in which some look, after so many rows more on both sides each time, has its bound above `limit`. */
function alarms(limit: number, tilt: number, histories: number, looks = 100, rows = 200): number {
  const random = seededRandom(seed);
  let found = 0;
  for (let history = 0; history < histories; history += 1) {
    const [reference, current] = [even.map(() => 0), even.map(() => 0)];
    for (let look = 0; look < looks; look += 1) {
      draw(random, even, reference, rows);
      draw(random, tilted(tilt), current, rows);
      if (stabilityLowerBound(reference, current) <= limit) continue;
      found += 1;
      break;
    }
  }
  return found / histories;
}

describe('the lower bound of a stability index', () => {
  it('is above the true one at one of a hundred looks in less than 5 % of histories', () => {
    const histories = 150;
    const bound = 0.05 + 2.326 * Math.sqrt((0.05 * 0.95) / histories);
    expect(alarms(index(even, tilted(0.048)), 0.048, histories)).toBeLessThanOrEqual(bound);
    expect(alarms(0, 0, histories)).toBeLessThanOrEqual(bound);
  });

  it('shows a true index of twice the limit within 4,000 rows', () => {
    expect(index(even, tilted(0.048))).toBeGreaterThan(2 * 0.125);
    expect(alarms(0.125, 0.048, 50, 20)).toBeGreaterThan(0.95);
  });

  it('is 0 where everything is in one bin, or nothing differs', () => {
    expect(stabilityLowerBound([500, 0, 0], [500, 0, 0])).toBe(0);
    expect(stabilityLowerBound([50, 50], [50, 50])).toBe(0);
  });
});
