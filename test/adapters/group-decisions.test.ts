import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import type { SensitiveGroup } from '../../domain/gates/probes.js';
import { seededRandom } from '../../domain/statistics/random.js';
import { runSql, writeParquet } from '../support/parquet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-groups-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Key, day, label, champion, challenger, sex, region. */
type Person = readonly [string, string, number, number, number, string | null, string];

const COLUMNS = [
  { name: 'row_key', type: 'VARCHAR' },
  { name: 'block', type: 'DATE' },
  { name: 'label', type: 'DOUBLE' },
  { name: 'champion', type: 'FLOAT' },
  { name: 'challenger', type: 'FLOAT' },
  { name: 'sex', type: 'VARCHAR' },
  { name: 'region', type: 'VARCHAR' },
];

const random = seededRandom(3);
const people = Array.from({ length: 400 }, (_, index): Person => {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const score = () => Math.round(random() * 64) / 64;
  return [
    `p${String(index)}`,
    '2001-04-01',
    pick([0, 0, 1]),
    score(),
    score(),
    pick(['f', 'm', null]),
    pick(['north', "o'er"]),
  ];
});

async function groupsOf(
  rows: readonly Person[],
  args: Partial<Parameters<ReturnType<typeof createEvaluator>['measureGroups']>[0]>,
) {
  const halves = [rows.slice(0, 150), rows.slice(150)];
  const files = halves.map((_, fold) => ({ fold, path: join(folder, `fold-${String(fold)}.parquet`) }));
  for (const { fold, path } of files) await writeParquet(path, COLUMNS, halves[fold] ?? []);
  return createEvaluator({ tempDirectory: folder }).measureGroups({
    files,
    columnSets: [['sex']],
    championThreshold: 0.5,
    challengerThreshold: 0.75,
    ...args,
  });
}

function countByHand(columns: readonly string[], values: readonly (string | null)[]): SensitiveGroup {
  const placeOf = (column: string) => (column === 'sex' ? 5 : 6);
  const members = people.filter((row) => columns.every((column, k) => row[placeOf(column)] === values[k]));
  const decide = (side: 3 | 4, threshold: number) => {
    const selected = members.filter((row) => row[side] >= threshold);
    const truePositives = selected.filter((row) => row[2] === 1).length;
    return { selected: selected.length, truePositives, falsePositives: selected.length - truePositives };
  };
  return {
    columns,
    values,
    rows: members.length,
    positives: members.filter((row) => row[2] === 1).length,
    champion: decide(3, 0.5),
    challenger: decide(4, 0.75),
  };
}

describe('measureGroups', () => {
  test('counts the decisions of both sides by each set of columns, and by combinations, over all folds', async () => {
    const groups = await groupsOf(people, { columnSets: [['sex'], ['region', 'sex']] });
    const sexes = ['f', 'm', null];
    expect(groups).toEqual([
      ...sexes.map((sex) => countByHand(['sex'], [sex])),
      ...sexes.flatMap((sex) => ['north', "o'er"].map((region) => countByHand(['region', 'sex'], [region, sex]))),
    ]);
  });

  test('counts no decisions of a side without a threshold, and nothing without columns or rows', async () => {
    const [group] = await groupsOf(people, { championThreshold: null });
    expect(group?.champion).toBeNull();
    expect(group?.challenger).not.toBeNull();
    expect(await groupsOf(people, { columnSets: [] })).toEqual([]);
    expect(await groupsOf([], {})).toEqual([]);
  });

  test('refuses a column that the folds do not have by name', async () => {
    await expect(groupsOf(people, { columnSets: [['age']] })).rejects.toMatchObject({
      type: 'INVALID_INPUT',
      problems: [{ field: 'age' }],
    });
  });
});

test('a fold file keeps weights as numbers and sensitive columns as text', async () => {
  const scoredPath = join(folder, 'scored.parquet');
  const outputPath = join(folder, 'written.parquet');
  await writeParquet(
    scoredPath,
    [
      { name: 'row_key', type: 'VARCHAR' },
      { name: 'entity', type: 'VARCHAR' },
      { name: 'event_time', type: 'TIMESTAMP' },
      { name: 'label', type: 'DOUBLE' },
      { name: 'weight', type: 'DOUBLE' },
      { name: 'age', type: 'INTEGER' },
      { name: 'score_0', type: 'FLOAT' },
      { name: 'score_1', type: 'FLOAT' },
    ],
    [
      ['b', 'x', '2001-04-01 10:00:00', 1, 2.5, 41, 0.5, 0.25],
      ['a', 'x', '2001-04-01 11:00:00', null, 1, 40, 0.5, 0.25],
    ],
  );
  const args = { scoredPath, outputPath, championIndex: 1, challengerIndex: 0, sliceColumns: ['age'] };
  const rows = await createEvaluator({ tempDirectory: folder }).writeFold({ ...args, isWeighted: true });
  expect(rows).toBe(1);
  expect(await runSql(`SELECT row_key, champion, challenger, weight, age FROM '${outputPath}'`)).toEqual([
    { row_key: 'b', champion: 0.25, challenger: 0.5, weight: 2.5, age: '41' },
  ]);
});
