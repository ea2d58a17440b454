import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProber } from '../../../adapters/duckdb/prober.js';
import type { Prober } from '../../../activities/ports/probing.js';
import { metricTraits, type MetricName } from '../../../domain/metrics.js';
import { runSql, writeParquet } from '../../support/parquet.js';
import { scratchFolder } from '../../support/scoring.js';

type Cell = number | string | null;

describe('the prober', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let prober: Prober;
  const { signal } = new AbortController();
  const file = (name: string) => path.join(scratch.folder, `${name}.parquet`);
  beforeAll(async () => {
    scratch = await scratchFolder();
    prober = createProber({ tempDirectory: scratch.folder, memoryLimitMb: 256 });
  });
  afterAll(() => scratch.remove());

  /** Scores of each variant for rows with these labels. */
  async function measure(
    labels: readonly number[],
    variants: readonly (readonly (number | null)[])[],
    metric: MetricName = 'auc',
    weights: readonly number[] = labels.map(() => 1),
  ) {
    const stacked = variants.flatMap((_, variant) =>
      labels.map((label, place): Cell[] => [variant, place, label, weights[place] ?? 1]),
    );
    const columns = [
      { name: 'gauntlet:variant', type: 'INTEGER' },
      { name: 'gauntlet:place', type: 'BIGINT' },
      { name: 'label', type: 'DOUBLE' },
      { name: 'gauntlet:weight', type: 'DOUBLE' },
    ];
    await writeParquet(file('stacked'), columns, stacked);
    await writeParquet(
      file('scored'),
      [{ name: 'score', type: 'FLOAT' }],
      variants.flat().map((score) => [score]),
    );
    const files = { stackedPath: file('stacked'), scoredPath: file('scored') };
    const decisionThreshold = metricTraits[metric].kind === 'binary' ? 0.5 : null;
    const asked = { metric, decisionThreshold, decision: { topShare: 0.1, value: null } };
    return prober.measureVariants({ ...files, ...asked, signal });
  }

  it('counts a tie of a positive and a negative as half a win', async () => {
    // Pairs of positive and negative: 0.5 against 0.25 and 0.5, 0.75 against both: (1 + 0.5 + 1 + 1) / 4.
    const [unchanged] = await measure([0, 1, 0, 1], [[0.25, 0.5, 0.5, 0.75]]);
    expect(unchanged).toEqual({ variant: 0, rows: 4, badScores: 0, flips: 0, meanScore: 0.5, metric: 0.875 });
  });

  it('measures each variant by itself and its flips against the unchanged rows', async () => {
    const measured = await measure(
      [0, 1, 0, 1],
      [
        [0.25, 0.5, 0.5, 0.75],
        [0.75, 0.25, 0.5, 0.5],
      ],
    );
    expect(measured[1]).toEqual({ variant: 1, rows: 4, badScores: 0, flips: 2, meanScore: 0.5, metric: 0.125 });
  });

  it('has no metric where a score is no number or missing, and takes such a decision for turned', async () => {
    const measured = await measure(
      [0, 1, 0, 1],
      [
        [0.25, 0.5, 0.5, 0.75],
        [0.25, Number.NaN, Number.POSITIVE_INFINITY, null],
      ],
    );
    expect(measured[1]).toEqual({ variant: 1, rows: 4, badScores: 3, flips: 3, meanScore: 0.25, metric: null });
  });

  it('has no metric where all labels are of one class', async () => {
    expect((await measure([1, 1], [[0.25, 0.5]]))[0]?.metric).toBeNull();
  });

  it('measures a regression by its mean absolute error, without decisions', async () => {
    const [unchanged] = await measure([10, 20], [[12, 19]], 'mae');
    expect(unchanged).toMatchObject({ metric: 1.5, flips: null });
  });

  it('counts rows by their weight', async () => {
    // Errors of 2 and 1: (2 · 1 + 1 · 3) / 4.
    expect((await measure([10, 20], [[12, 19]], 'mae', [1, 3]))[0]?.metric).toBe(1.25);
    // The pair that is lost weighs 3 · 1, the one that is won 1 · 1.
    expect((await measure([1, 1, 0], [[0.25, 0.75, 0.5]], 'auc', [3, 1, 1]))[0]?.metric).toBe(0.25);
  });

  it('measures a metric of decisions at the threshold of the model', async () => {
    expect((await measure([0, 1, 0, 1], [[0.25, 0.5, 0.5, 0.75]], 'precision'))[0]?.metric).toBeCloseTo(2 / 3, 12);
  });

  it('draws the same labelled rows every time, and other ones with another seed', async () => {
    const rows = Array.from({ length: 50 }, (_, index): Cell[] => [`k${String(index)}`, index % 5 === 0 ? null : 1]);
    const columns = [
      { name: 'row_key', type: 'VARCHAR' },
      { name: 'label', type: 'DOUBLE' },
    ];
    await writeParquet(file('first'), columns, rows.slice(0, 30));
    await writeParquet(file('second'), columns, rows.slice(30));
    const draw = async (seed: number) => {
      const outputPath = file(`sample-${String(seed)}`);
      const parts = [file('first'), file('second')];
      expect(await prober.writeSample({ parts, maxRows: 12, seed, outputPath, signal })).toBe(12);
      return runSql(`FROM read_parquet('${outputPath}')`);
    };
    const sample = await draw(1);
    expect(await draw(1)).toEqual(sample);
    expect(await draw(2)).not.toEqual(sample);
    const keys = sample.map((row) => String(row['row_key']));
    expect(keys).toEqual([...keys].sort());
    expect(sample.every((row) => row['label'] === 1)).toBe(true);
  });

  it('ends with the reason of the signal when it is cancelled in the middle of its work', async () => {
    const stop = new AbortController();
    await writeParquet(file('few'), [{ name: 'row_key', type: 'VARCHAR' }], [['a'], ['b']]);
    const outputPath = file('many');
    const endless = prober.writeRepeated({ parts: [file('few')], rows: 500_000_000, outputPath, signal: stop.signal });
    setImmediate(() => {
      stop.abort(new Error('cancelled'));
    });
    await expect(endless).rejects.toThrow('cancelled');
  });
});
