import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import { evaluateGates, type GateEvaluation } from '../../domain/gates/evaluate-gates.js';
import { noProbes } from '../../domain/gates/probes.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import { comparisonRequest, makeFolds, writeFolds, type ScoredRow } from '../support/scored-folds.js';

/** Evidence that cannot carry a promotion, measured by the real engine: never a pass, always with the reason. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-bad-evidence-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const policy: readonly GateSpec[] = [
  { mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.01 },
  { mode: 'enforce', check: 'worst-slice', metric: 'auc', column: 'origin', minRows: 20, harm: 0.05 },
];

type Change = (row: ScoredRow, index: number) => ScoredRow;

async function judge(name: string, change: Change, rowsPerDay = 40): Promise<GateEvaluation> {
  const folds = makeFolds({ folds: 3, daysPerFold: 4, rowsPerDay }).map((fold) => fold.map(change));
  const files = await writeFolds(folder, name, folds);
  const comparison = await createEvaluator({ tempDirectory: folder }).compare(
    comparisonRequest(files, { sliceColumns: ['origin'] }),
  );
  return evaluateGates(policy, { kind: 'promotion', comparison, baselineComparison: null, probes: noProbes });
}

function checksOf(evaluation: GateEvaluation) {
  if (evaluation.status !== 'evaluated') throw new Error(`refused: ${evaluation.why}`);
  return { verdict: evaluation.verdict, whys: evaluation.checks.map(({ why }) => why).join('; ') };
}

describe('evidence that settles nothing', () => {
  test.each([
    [0, 'none of the 480 labels is positive'],
    [1, 'all of the 480 labels are positive'],
  ])('one class only: every label is %d', async (label, why) => {
    const found = checksOf(
      await judge(`class-${String(label)}`, ([key, day, , ...rest]) => [key, day, label, ...rest]),
    );
    expect(found.verdict).toBe('inconclusive');
    expect(found.whys).toContain(why);
  });

  test('48 labels: the sample says how little it would notice', async () => {
    const found = checksOf(await judge('few', (row) => row, 4));
    expect(found.verdict).toBe('inconclusive');
    expect(found.whys).toMatch(/differences from 0\.\d+ on would be noticed/);
  });

  test('constant scores on both sides, each its own constant: equal, and equally empty', async () => {
    const constant: Change = ([key, day, label, , , origin]) => [key, day, label, 0.2, 0.3, origin];
    const found = checksOf(await judge('constant', constant));
    expect(found.verdict).toBe('inconclusive');
    expect(found.whys).toContain('all scores are equal, so nothing is ranked');
  });
});

describe('evidence that refuses', () => {
  test('constant scores against a champion that ranks', async () => {
    const constant: Change = ([key, day, label, champion, , origin]) => [key, day, label, champion, 0.3, origin];
    expect(checksOf(await judge('constant-challenger', constant)).verdict).toBe('fail');
  });

  test('identical scores are nothing to compare', async () => {
    const same: Change = ([key, day, label, champion, , origin]) => [key, day, label, champion, champion, origin];
    expect(await judge('identical', same)).toMatchObject({ status: 'refused', reason: 'identical-scores' });
  });
});
