import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import type { LabelKind } from '../../domain/metrics.js';
import type { DecayMetric } from '../../domain/monitoring/decay-policy.js';
import { runSql, writeParquet } from '../support/parquet.js';
import { runPython } from '../support/trainer-data.js';

type Golden = Partial<Record<DecayMetric, { readonly value: number; readonly se?: number }>>;

const ROWS = 600;
/** A number from 0 to 1 that looks drawn, the same every time. */
const drawn = (row: number, purpose: number) => {
  const wave = Math.sin(row * 12.9898 + purpose * 78.233) * 43758.5453;
  return wave - Math.floor(wave);
};

describe('performance of published rows', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'published-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const evaluator = () => createEvaluator({ tempDirectory: folder, threads: 1 });

  /** Every eleventh row has no label, every thirteenth no weight; the label of a day leans one way. */
  async function writeRows(name: string, kind: LabelKind, days: number) {
    const files = {
      published: path.join(folder, `${name}-published.parquet`),
      labelled: path.join(folder, `${name}-labelled.parquet`),
    };
    const rows = Array.from({ length: ROWS }, (_, row) => {
      const [score, noise, day] = [drawn(row, 1), drawn(row, 2), row % days];
      const label =
        kind === 'binary' ? (noise < 0.7 * score + 0.05 * day ? 1 : 0) : 100 * score + 40 * noise + 3 * day - 20;
      return {
        published: [`r${String(row)}`, kind === 'binary' ? score : 100 * score, score > 0.5],
        labelled: [
          `r${String(row)}`,
          `2001-03-0${String(1 + day)} 0${String(row % 10)}:00:00`,
          row % 11 === 0 ? null : label,
          row % 13 === 0 ? 0 : 0.25 + 3 * drawn(row, 3),
        ],
      };
    });
    await writeParquet(
      files.published,
      [
        { name: 'row_key', type: 'VARCHAR' },
        { name: 'score', type: 'FLOAT' },
        { name: 'decision', type: 'BOOLEAN' },
      ],
      rows.map(({ published }) => published),
    );
    await writeParquet(
      files.labelled,
      [
        { name: 'row_key', type: 'VARCHAR' },
        { name: 'event_time', type: 'TIMESTAMP' },
        { name: 'label', type: 'DOUBLE' },
        { name: 'weight', type: 'DOUBLE' },
      ],
      rows.map(({ labelled }) => labelled),
    );
    return files;
  }

  async function compareWithGolden(kind: LabelKind, of: 'row' | 'day') {
    const { published, labelled } = await writeRows(`${kind}-${of}`, kind, of === 'day' ? 6 : 1);
    const found = await evaluator().measurePublished({
      publishedPaths: [published],
      labelledParts: [labelled],
      isWeighted: true,
      labelKind: kind,
    });
    const script = path.join(import.meta.dirname, 'published_errors.py');
    const golden = JSON.parse(await runPython([script, kind, of, published, labelled])) as Golden;
    for (const [name, { value, se }] of Object.entries(golden)) {
      const metric = name as DecayMetric;
      // Scores in bins: within 1e-3 for so few rows; what has no bins agrees to the last digits that are kept.
      expect(found.metrics[metric]?.value, metric).toBeCloseTo(value, kind === 'binary' ? 3 : 8);
      const error = found.standardErrors[metric];
      expect(error?.of, metric).toBe(metric === 'auc' ? 'row' : of);
      if (se !== undefined) expect((error?.value ?? 0) / se, metric).toBeCloseTo(1, 8);
    }
    return { found, golden };
  }

  it.each(['row', 'day'] as const)(
    'of numbers has the weighted metrics of scikit-learn, and their standard errors by NumPy from each %s',
    async (of) => {
      const { found } = await compareWithGolden('regression', of);
      // Day leans are shared by the rows of a day: taking rows as independent would be too sure.
      expect(found.standardErrors.mae?.count).toBe(of === 'day' ? 6 : found.standardErrors.rmse?.count);
    },
  );

  it.each(['row', 'day'] as const)(
    'of classes has the weighted metrics of scikit-learn, and their standard errors by NumPy from each %s',
    async (of) => {
      await compareWithGolden('binary', of);
    },
  );

  it('counts coverage by rows, whatever they weigh, as the gates do', async () => {
    const { published, labelled } = await writeRows('coverage', 'binary', 1);
    const found = await evaluator().measurePublished({
      publishedPaths: [published],
      labelledParts: [labelled],
      isWeighted: true,
    });
    expect(found).toMatchObject({ rows: ROWS, labelledRows: ROWS - 55, coverage: 0.908333333333 });
  });

  it('takes equal weights as no weights, whatever they are', async () => {
    const { published, labelled } = await writeRows('equal', 'binary', 1);
    const files = { publishedPaths: [published], labelledParts: [labelled] };
    const weightOne = await evaluator().measurePublished({ ...files, isWeighted: false });
    const equal = path.join(folder, 'equal-weights.parquet');
    await runSql(`COPY (SELECT * REPLACE (8::DOUBLE AS weight) FROM '${labelled}') TO '${equal}' (FORMAT parquet)`);
    const weightEight = await evaluator().measurePublished({
      publishedPaths: [published],
      labelledParts: [equal],
      isWeighted: true,
    });
    expect(weightEight).toEqual(weightOne);
  });

  it('refuses weights that are no numbers of at least zero', async () => {
    const { published, labelled } = await writeRows('bad', 'binary', 1);
    const bad = path.join(folder, 'bad-weights.parquet');
    await runSql(`COPY (SELECT * REPLACE (-1::DOUBLE AS weight) FROM '${labelled}') TO '${bad}' (FORMAT parquet)`);
    const judged = evaluator().measurePublished({
      publishedPaths: [published],
      labelledParts: [bad],
      isWeighted: true,
    });
    await expect(judged).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'weight', found: '545 of 600 rows', expected: 'finite weights of at least zero' }],
    });
  });
});
