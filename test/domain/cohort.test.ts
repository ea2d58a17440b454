import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohortHash } from '../../contracts/cohort-hash.js';
import { cohortLimit, isInCohort } from '../../domain/cohort.js';

const salt = 'flights/promote/1';

/** Python: `int.from_bytes(hashlib.md5(f'{salt}:{entity}'.encode()).digest()[:4], 'big')`. */
const golden: readonly (readonly [entity: string, hash: number])[] = [
  ['JFK-LAX', 1_704_398_664],
  ['ATL-ORD', 3_242_458_146],
  ['', 3_978_378_343],
  [' ', 494_606_963],
  ['Zürich–Genève', 320_892_395],
  ['東京', 387_701_424],
  ['a:b', 2_072_515_713],
  ['x'.repeat(200), 495_803_704],
];

/** Of 20,000 entities named `entity 0` on, counted in Python in the same way. */
const drawn: readonly (readonly [sharePercent: number, members: number])[] = [
  [0, 0],
  [0.01, 1],
  [1, 203],
  [5, 1_009],
  [25, 5_028],
  [33.33, 6_745],
  [99.99, 20_000],
  [100, 20_000],
];

describe('the cohort of an entity', () => {
  it.each(golden)('hashes %j to the number that Python gives', (entity, hash) => {
    expect(cohortHash(salt, entity)).toBe(hash);
  });

  it.each(drawn)('with a share of %d percent has as many members as Python counts', (sharePercent, members) => {
    const hashes = Array.from({ length: 20_000 }, (_, index) => cohortHash(salt, `entity ${String(index)}`));
    expect(hashes.filter((hash) => isInCohort(hash, sharePercent)).length).toBe(members);
  });

  const share = fc.double({ min: 0, max: 100, noNaN: true });

  it('keeps its members while the share grows', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), share, share, (anySalt, entity, one, other) => {
        const hash = cohortHash(anySalt, entity);
        const [less, more] = one < other ? [one, other] : [other, one];
        return !isInCohort(hash, less) || isInCohort(hash, more);
      }),
    );
  });

  it.each([0, 2 ** 32 - 1, 9_999, 10_000])('is nobody with 0 and everybody with 100 %%: %d', (hash) => {
    expect(isInCohort(hash, 0)).toBe(false);
    expect(isInCohort(hash, 100)).toBe(true);
  });

  it('never has an entity that is missing, whatever the share', () => {
    fc.assert(fc.property(share, (any) => !isInCohort(null, any)));
    expect(isInCohort(null, 100)).toBe(false);
  });

  it.each([
    [0.01, 1],
    [0.29, 29],
    [1.005, 100],
    [33.33, 3_333],
    [-1, 0],
    [101, 10_000],
  ])('counts %d percent in hundredths of a percent', (sharePercent, limit) => {
    expect(cohortLimit(sharePercent)).toBe(limit);
  });
});
