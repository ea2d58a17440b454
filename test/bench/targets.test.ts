import { describe, expect, it } from 'vitest';
import { comparisonTargets, growthTargets } from '../../bench/scoring/targets.js';
import { measurement } from './measurements.js';

const duckdb = measurement({ design: 'duckdb-2x1', role: 'python', wallSeconds: 1.3 });
const mlflow = measurement({ design: 'pandas-mlflow', role: 'python', wallSeconds: 9 });

describe('the targets of a comparison', () => {
  it('are met at exactly the promised factor and missed just below it', () => {
    const verdict = (wallSeconds: number) =>
      comparisonTargets([measurement({ wallSeconds: 1 }), { ...duckdb, wallSeconds }, mlflow]).find(
        ({ id }) => id === 'lr-3m-against-best-peer',
      )?.met;
    expect(verdict(1.3)).toBe(true);
    expect(verdict(1.29)).toBe(false);
  });

  it('compare with whichever Python peer was the fastest, and name both sides', () => {
    const slower = measurement({ design: 'pyarrow-2x1', role: 'python', wallSeconds: 1.6 });
    const [, best] = comparisonTargets([measurement({ wallSeconds: 1 }), slower, duckdb, mlflow]);
    expect(best).toMatchObject({
      value: 1.3,
      sides: [
        { name: 'ours, 3 M rows', value: 1 },
        { name: 'duckdb-2x1, 3 M rows', value: 1.3 },
      ],
    });
  });

  it('are missed where a side was not measured', () => {
    const [against] = comparisonTargets([measurement({ wallSeconds: 1 }), duckdb]);
    expect(against).toMatchObject({ id: 'lr-3m-against-pandas-mlflow', value: null, met: false });
  });

  it('leave out comparisons that nobody asked for', () => {
    expect(comparisonTargets([])).toEqual([]);
    expect(comparisonTargets([measurement({ rows: 1_000_000, wallSeconds: 1 })])).toEqual([]);
  });

  it('take the floor of our own engine for the share of the floor', () => {
    const at30 = (design: string, role: 'ours' | 'floor', wallSeconds: number) =>
      measurement({ design, role, rows: 30_000_000, wallSeconds });
    const targets = comparisonTargets([
      at30('ours', 'ours', 5),
      at30('floor', 'floor', 3),
      at30('floor-python', 'floor', 2),
    ]);
    expect(targets.find(({ id }) => id === 'lr-30m-share-of-floor')).toMatchObject({ value: 60, met: true });
  });

  it('hold every model to 0.6 GB, which is 572.2 MiB', () => {
    const verdict = (peakMiB: number) =>
      comparisonTargets([measurement({ model: 'gbt', wallSeconds: 1, peakMiB })]).find(
        ({ id }) => id === 'gbt-3m-peak-memory',
      )?.met;
    expect(verdict(572.2)).toBe(true);
    expect(verdict(572.3)).toBe(false);
  });
});

describe('the targets of growth', () => {
  const small = measurement({ wallSeconds: 1, peakMiB: 200 });
  const large = (seconds: number, peakMiB: number) => measurement({ rows: 100_000_000, wallSeconds: seconds, peakMiB });

  it('allow a tenth more memory and a tenth more time a row, and no more', () => {
    const verdicts = (seconds: number, peakMiB: number) =>
      growthTargets([small, large(seconds, peakMiB)]).map(({ met }) => met);
    expect(verdicts(36.6, 220)).toEqual([true, true, true]);
    expect(verdicts(36.8, 221)).toEqual([true, false, false]);
  });

  it('are missed without the largest size', () => {
    expect(growthTargets([small]).map(({ value, met }) => [value, met])).toEqual([
      [null, false],
      [null, false],
      [null, false],
    ]);
  });
});
