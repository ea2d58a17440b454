import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import type { FoldFile } from '../../activities/ports/evaluation.js';
import type { Comparison, ComparisonRequest } from '../../domain/gates/comparison.js';
import { writeParquet } from '../support/parquet.js';
import { comparisonRequest, foldColumns, makeFolds, type ScoredRow } from '../support/scored-folds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-blocks-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const rows = makeFolds({ folds: 1, daysPerFold: 6, rowsPerDay: 60 }).flat();

/** One fold file with further columns behind those of the row. */
async function writeFold(
  name: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  more: (row: ScoredRow, index: number) => readonly (string | number | null)[],
): Promise<FoldFile> {
  const file = { fold: 0, path: join(folder, `${name}.parquet`) };
  const values = rows.map((row, index) => [...row, ...more(row, index)]);
  await writeParquet(file.path, [...foldColumns, ...columns], values);
  return file;
}

const compare = (file: FoldFile, overrides: Partial<ComparisonRequest> = {}): Promise<Comparison> =>
  createEvaluator({ tempDirectory: folder }).compare(comparisonRequest([file], overrides));

const entity = { name: 'entity', type: 'VARCHAR' };
const weight = { name: 'weight', type: 'DOUBLE' };

/** The ninth byte of the md5 is what the lower half leaves over when it is divided by 256. */
const countBlocks = (names: readonly string[]): number =>
  new Set(names.map((name) => createHash('md5').update(name).digest()[8])).size;

describe('blocks', () => {
  test('entities are hashed into blocks of their own, all rows of one together', async () => {
    const forty = await writeFold('entities', [entity], (_, index) => [`plane ${String(index % 40)}`]);
    const found = await compare(forty, { blocks: 'entity' });
    expect(found.method.blocks).toBe('entity');
    const names = Array.from({ length: 40 }, (_, index) => `plane ${String(index)}`);
    expect(found.pooled.differences.auc?.blocks).toBe(countBlocks(names));
    expect(found.days).toBe(6);
    expect(found.pooled.differences.auc?.se).not.toBe((await compare(forty)).pooled.differences.auc?.se);
  });

  test('there are at most 256 of them', async () => {
    const many = await writeFold('many', [entity], (row) => [row[0]]);
    const found = await compare(many, { blocks: 'entity' });
    const blocks = countBlocks(rows.map((row) => row[0]));
    expect(blocks).toBeLessThan(rows.length);
    expect(found.pooled.differences.brier?.blocks).toBe(blocks);
  });

  test('come from the entity of the scored rows', async () => {
    const scoredPath = join(folder, 'scored.parquet');
    const columns = [
      { name: 'row_key', type: 'VARCHAR' },
      entity,
      { name: 'event_time', type: 'TIMESTAMP' },
      { name: 'label', type: 'DOUBLE' },
      { name: 'score_0', type: 'FLOAT' },
      { name: 'score_1', type: 'FLOAT' },
    ];
    const scored = rows.map((row, index) => [row[0], `plane ${String(index % 40)}`, row[1], row[2], row[4], row[3]]);
    await writeParquet(scoredPath, columns, scored);
    const file = { fold: 0, path: join(folder, 'fold.parquet') };
    const sides = { championIndex: 1, challengerIndex: 0 };
    // The entity itself may be what is sliced by.
    const fold = { scoredPath, ...sides, sliceColumns: ['entity'], outputPath: file.path };
    expect(await createEvaluator({ tempDirectory: folder }).writeFold(fold)).toBe(rows.length);
    const found = await compare(file, { blocks: 'entity', sliceColumns: ['entity'] });
    expect(found.method.blocks).toBe('entity');
    expect(found.slices).toHaveLength(40);
  });

  test('are days where a fold names no entities, and the comparison says so', async () => {
    const found = await compare(await writeFold('no-entities', [], () => []), { blocks: 'entity' });
    expect(found.method.blocks).toBe('day');
    expect(found.pooled.differences.auc?.blocks).toBe(6);
  });
});

describe('weights', () => {
  test('equal weights change no interval, others do', async () => {
    const plain = await compare(await writeFold('plain', [], () => []));
    const twice = await compare(await writeFold('twice', [weight], () => [2]));
    const uneven = await compare(await writeFold('uneven', [weight], (_, index) => [1 + (index % 3)]));
    for (const metric of ['auc', 'brier', 'precision', 'mcc'] as const) {
      const se = plain.pooled.differences[metric]?.se ?? 0;
      expect((twice.pooled.differences[metric]?.se ?? 0) / se, metric).toBeCloseTo(1, 9);
      expect(uneven.pooled.differences[metric]?.se, metric).not.toBe(se);
    }
    expect(plain.pooled.deLong).not.toBeNull();
    expect(uneven.pooled.deLong).toBeNull();
  });

  test.each([[-1], [Number.NaN], [null]])('refuses a weight of %s', async (bad) => {
    const file = await writeFold(`bad-${String(bad)}`, [weight], (_, index) => [index === 0 ? bad : 1]);
    await expect(compare(file)).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'weight', found: '1 of 360 rows' }],
    });
  });
});

describe('rows that were judged on before', () => {
  test('widen the intervals, and the method says at which level they are', async () => {
    const file = await writeFold('reused', [], () => []);
    const [first, third] = [await compare(file), await compare(file, { reuse: 3 })];
    expect(first.method).toMatchObject({ confidence: 0.9, reuse: 1, level: 0.9 });
    expect(third.method).toMatchObject({ confidence: 0.9, reuse: 3, level: 0.966666666667 });
    expect(third.pooled.differences.auc?.lower).toBeLessThan(first.pooled.differences.auc?.lower ?? 0);
    expect(third.pooled.deLong?.lower).toBeLessThan(first.pooled.deLong?.lower ?? 0);
  });
});
