import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluator } from '../../../adapters/duckdb/evaluation.js';
import { runSql, writeParquet } from '../../support/parquet.js';

/** Row key, event time, label and two scores. */
type Row = readonly [string, string, number | null, number | null, number | null];

const columns = [
  { name: 'row_key', type: 'VARCHAR' },
  { name: 'entity', type: 'VARCHAR' },
  { name: 'event_time', type: 'TIMESTAMP' },
  { name: 'label', type: 'DOUBLE' },
  { name: 'score_0', type: 'FLOAT' },
  { name: 'score_1', type: 'FLOAT' },
];
const rows: readonly Row[] = [
  ['a', '2001-04-01', 1, 0.9, 0.8],
  ['b', '2001-04-01', 0, 0.1, 0.2],
  ['c', '2001-04-02', 1, 0.5, 0.5],
  ['d', '2001-04-02', null, 0.4, 0.4],
];

const withEntity = ([key, ...rest]: Row) => [key, 'entity', ...rest] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-scored-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function identify(given: readonly Row[], scoreIndex = 0, threads = 1) {
  const scoredPath = path.join(folder, `${crypto.randomUUID()}.parquet`);
  await writeParquet(scoredPath, columns, given.map(withEntity));
  return createEvaluator({ tempDirectory: folder, threads }).identifyRows({ scoredPath, scoreIndex });
}

const changed = (key: string, change: (row: Row) => Row): readonly Row[] =>
  rows.map((row) => (row[0] === key ? change(row) : row));

describe('the rows that a side has scored', () => {
  it('are counted without those that have no label', async () => {
    expect((await identify(rows)).rows).toBe(3);
  });

  it('have one name, whatever their order, their scores, and the threads that read them', async () => {
    const name = await identify(rows);
    expect(await identify([...rows].reverse(), 0, 2)).toEqual(name);
    expect(await identify(rows, 1)).toEqual(name);
    expect(await identify(changed('a', ([key, time, label]) => [key, time, label, 0.01, 0.02]))).toEqual(name);
  });

  it.each<[string, readonly Row[], number]>([
    ['another key', changed('a', ([, ...rest]) => ['x', ...rest]), 3],
    ['another day', changed('a', ([key, , ...rest]) => [key, '2001-04-03', ...rest]), 3],
    ['another label', changed('a', ([key, time, , ...rest]) => [key, time, 0, ...rest]), 3],
    ['a row that lost its label', changed('a', ([key, time, , ...rest]) => [key, time, null, ...rest]), 2],
    ['a row without a score of this side', changed('a', ([key, time, label]) => [key, time, label, null, 0.8]), 2],
    ['a row twice', [...rows, ...rows.slice(0, 1)], 4],
  ])('have another name with %s', async (_, given, count) => {
    const found = await identify(given);
    expect(found.rows).toBe(count);
    expect(found.digest).not.toBe((await identify(rows)).digest);
  });
});

it('scores of an opponent in a file of its own are joined by row key', async () => {
  const ours = path.join(folder, 'ours.parquet');
  const theirs = path.join(folder, 'theirs.parquet');
  const outputPath = path.join(folder, 'fold.parquet');
  await writeParquet(ours, columns, rows.map(withEntity));
  await writeParquet(
    theirs,
    columns,
    [...rows].reverse().map(([key, time, label]) => withEntity([key, time, label, 0.3, 0.7])),
  );
  const evaluator = createEvaluator({ tempDirectory: folder, threads: 1 });
  const pair = { scoredPath: ours, championPath: theirs, championIndex: 1, challengerIndex: 0, sliceColumns: [] };
  expect(await evaluator.writeFold({ ...pair, outputPath })).toBe(3);
  expect(
    await runSql(
      `SELECT row_key, champion::DECIMAL(2,1)::VARCHAR AS c, challenger::DECIMAL(2,1)::VARCHAR AS d FROM '${outputPath}'`,
    ),
  ).toEqual([
    { row_key: 'a', c: '0.7', d: '0.9' },
    { row_key: 'b', c: '0.7', d: '0.1' },
    { row_key: 'c', c: '0.7', d: '0.5' },
  ]);
});
