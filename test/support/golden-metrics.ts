import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { FoldFile } from '../../activities/ports/evaluation.js';
import type { Comparison, ComparisonRequest, Metrics } from '../../domain/gates/comparison.js';
import { testPython } from './servers.js';

type GoldenSides = Readonly<Record<'champion' | 'challenger', Readonly<Record<string, number>>>>;

/** What scikit-learn and SciPy measure. */
export interface Golden {
  readonly pooled: GoldenSides;
  readonly folds: readonly GoldenSides[];
  readonly slices: Readonly<Record<string, GoldenSides>>;
  /** Null for regression. */
  readonly championEceBySklearn: number | null;
}

export async function measureGolden(
  request: ComparisonRequest & { readonly files: readonly FoldFile[] },
): Promise<Golden> {
  const script = join(import.meta.dirname, '..', 'adapters', 'golden_metrics.py');
  const settings = JSON.stringify({
    kind: request.labelKind,
    topShare: request.topShare,
    value: request.value,
    champion: request.champion.decisionThreshold,
    challenger: request.challenger.decisionThreshold,
  });
  const paths = request.files.map((file) => file.path);
  const { stdout } = await promisify(execFile)(await testPython(), [script, settings, ...paths]);
  return JSON.parse(stdout) as Golden;
}

/** Compares every metric of a comparison with the golden one: pooled, by fold and by slice. */
export function expectGolden(comparison: Comparison, golden: Golden): void {
  expectSides(comparison, comparison.pooled, golden.pooled, 'pooled');
  comparison.folds.forEach((fold, index) => {
    expectSides(comparison, fold, golden.folds[index], `fold ${String(index)}`);
  });
  expect(comparison.slices.map((slice) => slice.value)).toEqual(Object.keys(golden.slices));
  for (const slice of comparison.slices) {
    expectSides(comparison, slice, golden.slices[slice.value ?? ''], slice.value ?? '');
  }
}

function expectSides(
  { metrics }: Comparison,
  found: Record<'champion' | 'challenger', Metrics | Comparison['pooled']['champion']>,
  expected: GoldenSides | undefined,
  where: string,
): void {
  for (const side of ['champion', 'challenger'] as const) {
    for (const metric of metrics) {
      const value = found[side][metric]?.value ?? Number.NaN;
      const golden = expected?.[side][metric] ?? Number.NaN;
      const distance = Math.abs(value - golden) / Math.max(1, Math.abs(golden));
      expect(distance, `${where} ${side} ${metric}: ${String(value)} is not ${String(golden)}`).toBeLessThan(1e-9);
    }
  }
}
