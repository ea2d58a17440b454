import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCorrectionReader } from '../../../adapters/duckdb/correction-rows.js';
import { writeParquet } from '../../support/parquet.js';
import { scratchFolder } from '../../support/scoring.js';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  scratch = await scratchFolder();
});
afterAll(() => scratch.remove());

const rest = [
  { name: 'old_score', type: 'FLOAT' },
  { name: 'new_score', type: 'FLOAT' },
  { name: 'old_decision', type: 'BOOLEAN' },
  { name: 'new_decision', type: 'BOOLEAN' },
  { name: 'old_model_digest', type: 'VARCHAR' },
  { name: 'new_model_digest', type: 'VARCHAR' },
];
const keys = ['window', 'row_key'].map((name) => ({ name, type: 'VARCHAR' }));
const values = [0.5, 0.25, true, false, 'bad', 'good'] as const;

it('reads correction files of today, and those from before they had an entity', async () => {
  const file = (name: string) => path.join(scratch.folder, name);
  await writeParquet(
    file('new.parquet'),
    [...keys, { name: 'entity', type: 'VARCHAR' }, ...rest],
    [
      ['2001-03-05', 'a', 'ORD', ...values],
      ['2001-03-05', 'b', 'LAX', ...values],
    ],
  );
  await writeParquet(file('old.parquet'), [...keys, ...rest], [['2001-03-05', 'a', ...values]]);
  const reader = createCorrectionReader({ tempDirectory: scratch.folder });
  const head = await reader.readHead(file('new.parquet'), 1);
  expect(head.total).toBe(2);
  expect(head.rows).toMatchObject([{ row_key: 'a', entity: 'ORD', old_score: 0.5, new_decision: false }]);
  expect((await reader.readHead(file('old.parquet'), 5)).rows).toMatchObject([{ row_key: 'a', entity: null }]);
  await reader.writeCsv(file('new.parquet'), file('new.csv'));
  expect((await readFile(file('new.csv'), 'utf8')).split('\n')).toEqual([
    'window,row_key,entity,old_score,new_score,old_decision,new_decision,old_model_digest,new_model_digest',
    '2001-03-05,a,ORD,0.5,0.25,true,false,bad,good',
    '2001-03-05,b,LAX,0.5,0.25,true,false,bad,good',
    '',
  ]);
});

it('judges both sides of a replaced window by its labels, also rows that were not corrected', async () => {
  const file = (name: string) => path.join(scratch.folder, name);
  const key = { name: 'row_key', type: 'VARCHAR' };
  await writeParquet(
    file('served.parquet'),
    [key, { name: 'score', type: 'FLOAT' }, { name: 'decision', type: 'BOOLEAN' }],
    [
      ['a', 0.25, false],
      ['b', 0.75, true],
      ['c', 0.5, true],
      ['unlabelled', 0.5, true],
    ],
  );
  await writeParquet(
    file('corrected.parquet'),
    [...keys, ...rest],
    [
      ['2001-04-06', 'a', 0.75, 0.25, true, false, 'bad', 'good'],
      ['2001-04-06', 'b', 0.5, 0.75, true, true, 'bad', 'good'],
      // The same key in another window is another row.
      ['2001-04-05', 'c', 0, 0.5, false, true, 'bad', 'good'],
    ],
  );
  await writeParquet(
    file('labels.parquet'),
    [key, { name: 'label', type: 'DOUBLE' }],
    [
      ['a', 0],
      ['b', 1],
      ['c', 0],
      ['unlabelled', null],
      ['elsewhere', 1],
    ],
  );
  const judged = await createCorrectionReader({ tempDirectory: scratch.folder }).judge({
    window: '2001-04-06',
    servedPaths: [file('served.parquet')],
    correctionPath: file('corrected.parquet'),
    labelledParts: [file('labels.parquet')],
  });
  // Before: 0.75² + 0.5² + 0.5² over 3; after: 0.25² + 0.25² + 0.5² over 3.
  expect(judged).toMatchObject({ rows: 3, positives: 1, before: { right: 1 }, after: { right: 2 } });
  expect(judged.before.brier).toBeCloseTo(1.0625 / 3, 12);
  expect(judged.after.brier).toBeCloseTo(0.375 / 3, 12);
});
