import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WindowComparison } from '../../../activities/ports/rollout-comparer.js';
import { createRolloutComparer } from '../../../adapters/duckdb/rollout-comparer.js';
import { writeParquet } from '../../support/parquet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-rollout-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Cell = number | string | boolean | null;

async function file(name: string, columns: string, rows: readonly (readonly Cell[])[]): Promise<string> {
  const path = join(folder, `${name}.parquet`);
  const types = { row_key: 'VARCHAR', entity: 'VARCHAR', score: 'FLOAT', decision: 'BOOLEAN' } as Record<
    string,
    string
  >;
  await writeParquet(
    path,
    columns.split(' ').map((column) => ({ name: column, type: types[column] ?? 'DOUBLE' })),
    rows,
  );
  return path;
}

const comparer = () => createRolloutComparer({ tempDirectory: join(folder, 'spill'), memoryLimitMb: 256 });

async function comparison(change: Partial<WindowComparison> = {}): Promise<WindowComparison> {
  const scored = 'row_key score decision';
  return {
    challengerPaths: [
      await file('b-shadow', scored, [
        ['r3', 0.25, false],
        ['r1', 0.75, true],
      ]),
      await file('b-served', scored, [
        ['r2', 0.5, true],
        ['r4', 1, true],
      ]),
    ],
    championPaths: [
      await file('a', scored, [
        ['r1', 0.5, false],
        ['r2', 0.25, false],
        ['r3', 0, false],
        ['r4', 0.75, true],
      ]),
    ],
    labelledParts: [
      await file('labels', 'row_key label weight', [
        ['r1', 1, 1],
        ['r2', 0, 1],
        ['r3', 1, 2],
        ['r4', null, 1],
        ['r5', 1, 1],
      ]),
    ],
    labelKind: 'binary',
    isWeighted: false,
    loss: 'brier',
    scoreCuts: { challenger: [0.25, 0.5], champion: [0.5] },
    ...change,
  };
}

describe('a window of both sides', () => {
  it('is joined row by row over all files, with the labels that are known', async () => {
    expect(await comparer().compareWindow(await comparison())).toEqual({
      rows: 4,
      labelledRows: 3,
      weight: 3,
      decisionsDiffer: 2,
      challenger: {
        // (0.0625 + 0.25 + 0.5625) / 3
        meanLoss: 0.291_666_666_667,
        decisions: { truePositive: 1, falsePositive: 1, trueNegative: 0, falseNegative: 1 },
        bins: [1, 1, 2],
      },
      champion: {
        // (0.25 + 0.0625 + 1) / 3
        meanLoss: 0.4375,
        decisions: { truePositive: 0, falsePositive: 0, trueNegative: 1, falseNegative: 2 },
        bins: [3, 1],
      },
    });
  });

  it('counts rows by their weight', async () => {
    const { weight, challenger, champion } = await comparer().compareWindow(await comparison({ isWeighted: true }));
    expect(weight).toBe(4);
    expect(challenger.meanLoss).toBe((0.0625 + 0.25 + 2 * 0.5625) / 4);
    expect(champion.decisions).toMatchObject({ falseNegative: 3, trueNegative: 1 });
  });

  it.each([
    ['logLoss', -(Math.log(0.75) + Math.log(0.5) + Math.log(0.25)) / 3],
    ['absoluteError', (0.25 + 0.5 + 0.75) / 3],
    ['squaredError', (0.0625 + 0.25 + 0.5625) / 3],
  ] as const)('loses by %s', async (loss, expected) => {
    const { challenger } = await comparer().compareWindow(await comparison({ loss }));
    expect(challenger.meanLoss).toBeCloseTo(expected, 11);
  });

  it('clips the log loss of scores that are sure and wrong', async () => {
    // The champion's r3 is sure of the wrong label: -ln 1e-15.
    const { champion } = await comparer().compareWindow(await comparison({ loss: 'logLoss' }));
    expect(champion.meanLoss).toBeCloseTo(-(Math.log(0.5) + Math.log(0.75) + Math.log(1e-15)) / 3, 9);
  });

  it('has no loss and no decisions to judge while its labels are not known', async () => {
    const sums = await comparer().compareWindow(await comparison({ labelledParts: [] }));
    expect(sums).toMatchObject({ rows: 4, labelledRows: 0, weight: 0, decisionsDiffer: 2 });
    expect(sums.challenger).toMatchObject({ meanLoss: null, decisions: null, bins: [1, 1, 2] });
  });

  it('is refused when a row has one side only, with what was found', async () => {
    const short = await file('a-short', 'row_key score decision', [['r1', 0.5, false]]);
    await expect(comparer().compareWindow(await comparison({ championPaths: [short] }))).rejects.toThrow(
      'row_key: found 3 of 4 rows, expected every row scored by both sides',
    );
  });

  it('is refused with labels that are no classes and scores that are no probabilities', async () => {
    const labels = await file('bad-labels', 'row_key label weight', [['r1', 2, 1]]);
    const scores = await file('bad-scores', 'row_key score decision', [
      ['r1', 1.5, true],
      ['r2', 0, false],
      ['r3', 0, false],
      ['r4', 0, false],
    ]);
    const bad = await comparison({ labelledParts: [labels], championPaths: [scores], loss: 'logLoss' });
    await expect(comparer().compareWindow(bad)).rejects.toThrow(/label: found 1 of 4 rows[^]*score: found 1 of 4 rows/);
  });

  it('may have numbers for labels', async () => {
    const labels = await file('numbers', 'row_key label weight', [['r1', 2.75, 1]]);
    const sums = await comparer().compareWindow(
      await comparison({ labelledParts: [labels], labelKind: 'regression', loss: 'squaredError' }),
    );
    expect(sums.challenger).toMatchObject({ meanLoss: 4, decisions: null });
  });
});

describe('a cohort', () => {
  it('is counted by entity over all windows; rows without one belong to nobody', async () => {
    const served = (name: string, keys: readonly string[]) =>
      file(
        name,
        'row_key score decision',
        keys.map((key) => [key, 0.5, true]),
      );
    const snapshotParts = [
      await file('part-1', 'row_key entity', [
        ['k1', 'x'],
        ['k2', 'x'],
        ['k3', 'y'],
      ]),
      await file('part-2', 'row_key entity', [
        ['k4', 'y'],
        ['k5', null],
        ['k6', 'z'],
      ]),
    ];
    const challengerPaths = [await served('c1', ['k1', 'k2']), await served('c2', ['k4'])];
    const championPaths = [await served('c3', ['k3', 'k5', 'k6'])];
    expect(await comparer().countCohort({ challengerPaths, championPaths, snapshotParts })).toEqual({
      rows: 6,
      challengerRows: 3,
      entities: 3,
      challengerEntities: 2,
      sharedEntities: 1,
    });
  });
});
