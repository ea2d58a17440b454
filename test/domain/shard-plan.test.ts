import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseLiveFiles, planShards } from '../../domain/shard-plan.js';
import { digest } from '../support/ledger.js';
import { tableFile } from '../support/publications.js';

/** Parts of half a million rows, as snapshots have them. */
const partsOf = (rows: number): number => Math.max(1, Math.ceil(rows / 500_000));
const sizes = (rows: number): readonly number[] => planShards(partsOf(rows)).map(({ parts }) => parts);

describe('the shards of a snapshot', () => {
  it('are one for a window of up to three parts', () => {
    expect(sizes(0)).toEqual([1]);
    expect(sizes(16_500)).toEqual([1]);
    expect(sizes(1_500_000)).toEqual([3]);
  });

  it('are two of equal size for three million rows', () => {
    expect(sizes(3_000_000)).toEqual([3, 3]);
    expect(sizes(1_500_001)).toEqual([2, 2]);
  });

  it('are never more than 200, whatever the number of rows', () => {
    expect(planShards(partsOf(100_000_000))).toHaveLength(67);
    expect(planShards(partsOf(300_000_000))).toHaveLength(200);
    expect(planShards(partsOf(10_000_000_000))).toHaveLength(200);
    expect(new Set(sizes(10_000_000_000))).toEqual(new Set([100]));
  });

  it('cover every part once and in order, with sizes that differ by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), (parts) => {
        const shards = planShards(parts);
        const covered = shards.flatMap(({ firstPart, parts: count }) =>
          Array.from({ length: count }, (_, index) => firstPart + index),
        );
        const counts = shards.map((shard) => shard.parts);
        expect(covered).toEqual(Array.from({ length: parts }, (_, index) => index));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the live files that a part is compared with', () => {
  const live = ['one', 'two'].map((path) => tableFile({ path }));
  const chosen = (snapshotDigest: string, parts = 2) =>
    chooseLiveFiles({ live, snapshotDigest, partIndex: 1, parts }).map(({ path }) => path);

  it('are the file of the same part, when the same snapshot was published', () => {
    expect(chosen(digest('snapshot'))).toEqual(['two']);
  });

  it('are all of them, when another snapshot was published, or in other parts', () => {
    expect(chosen(digest('another'))).toEqual(['one', 'two']);
    expect(chosen(digest('snapshot'), 3)).toEqual(['one', 'two']);
  });

  it.each([
    ['two models share the window', { modelDigest: digest('challenger') }],
    ['a part of it was replaced', { runIdentity: digest('another run') }],
  ])('are all of them, when %s', (_title, other) => {
    const mixed = [tableFile({ path: 'one' }), tableFile({ path: 'two', ...other })];
    const chosen = chooseLiveFiles({ live: mixed, snapshotDigest: digest('snapshot'), partIndex: 1, parts: 2 });
    expect(chosen).toEqual(mixed);
  });
});
