import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeLongDifference } from '../../../domain/gates/comparison.js';
import { computeDeLong } from '../../../domain/statistics/delong.js';
import { orderByScore } from '../../../domain/statistics/score-order.js';
import { testPython } from '../../support/servers.js';
import { drawRows, type SummedRow } from '../../support/summed-rows.js';

function ours(rows: readonly SummedRow[], level: number): DeLongDifference | null {
  const side = (scores: Float32Array) => ({ scores, order: orderByScore(scores) });
  return computeDeLong({
    labels: Uint8Array.from(rows, (row) => row.label),
    champion: side(Float32Array.from(rows, (row) => row.champion)),
    challenger: side(Float32Array.from(rows, (row) => row.challenger)),
    level,
  });
}

async function golden(rows: readonly SummedRow[], level: number): Promise<DeLongDifference> {
  const column = (name: 'label' | 'champion' | 'challenger') => rows.map((row) => row[name]);
  const input = { labels: column('label'), champion: column('champion'), challenger: column('challenger'), level };
  const script = join(import.meta.dirname, 'golden_delong.py');
  const { stdout } = spawnSync(await testPython(), [script], { input: JSON.stringify(input), encoding: 'utf8' });
  return JSON.parse(stdout) as DeLongDifference;
}

describe('DeLong', () => {
  const distinct = drawRows({ blocks: 1, rowsPerBlock: 400, seed: 6 });
  const tied = distinct.map((row) => ({ ...row, challenger: Math.round(row.challenger * 5) / 5 }));

  test.each([
    ['distinct scores', distinct, 0.9],
    ['many ties', tied, 0.975],
  ])('agrees with all pairs in NumPy on %s', async (_name, rows, level) => {
    const [found, expected] = [ours(rows, level), await golden(rows, level)];
    for (const field of ['estimate', 'se', 'lower', 'upper'] as const) {
      expect(found?.[field], field).toBeCloseTo(expected[field], 12);
    }
  });

  test('has no variance from fewer than two rows of a class', () => {
    const one = distinct.map((row, index) => ({ ...row, label: index === 0 ? 1 : 0 }));
    expect(ours(one, 0.9)).toBeNull();
    expect(
      ours(
        distinct.map((row) => ({ ...row, label: 1 })),
        0.9,
      ),
    ).toBeNull();
    expect(ours([], 0.9)).toBeNull();
  });

  test('identical scores differ by nothing', () => {
    const same = distinct.map((row) => ({ ...row, challenger: row.champion }));
    expect(ours(same, 0.9)).toEqual({ estimate: 0, se: 0, lower: 0, upper: 0 });
  });
});
