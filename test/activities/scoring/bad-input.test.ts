import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailureType } from '../../../domain/failure-types.js';
import { pipeline } from '../../support/ledger.js';
import { cutShort, flipped, footerOf, oneBitFlipped } from '../../support/damage.js';
import { order, type Order } from '../../support/orders.js';
import { scoreByHand } from '../../support/real-models.js';
import { goodOrders, ordersAround, RealScoring } from '../../support/real-scoring.js';

let scoring: RealScoring;
beforeEach(async () => {
  scoring = await RealScoring.create();
  expect(await scoring.run('good')).toMatchObject({ status: 'published', tableVersion: 0, rows: 3 });
});
afterEach(() => scoring.remove());

/** Makes something bad. */
type Given = () => Promise<void>;

const inSource =
  (orders: readonly Order[], types?: Readonly<Record<string, string | null>>): Given =>
  () =>
    scoring.writeOrders(ordersAround(orders), types);
const inSourceBytes =
  (change: (bytes: Buffer) => Buffer): Given =>
  () =>
    scoring.damage(scoring.sourcePath, change);

/** Writes bytes that no UTF-8 has over a text of the source, wherever it stands. */
function withoutUnicode(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf('north'); at >= 0; at = bytes.indexOf('north')) bytes.fill(0xff, at, at + 5);
  return bytes;
}

/** Other amounts, on which every model decides nearly as on the good ones. */
const newOrders = ['6', '17', '60'].map((amount, index) => order({ id: 'abc'.charAt(index), amount }));

const refusals: readonly (readonly [what: string, type: FailureType, found: RegExp, given: Given])[] = [
  [
    'a key that two rows have',
    'BAD_DATA',
    /1 key is on 2 of 4 rows, for example/,
    inSource([...goodOrders, order({ id: 'a' })]),
  ],
  ['a row without a key', 'BAD_DATA', /1 of 4 rows without a key/, inSource([...goodOrders, order({ id: '' })])],
  [
    'a row without an entity',
    'BAD_DATA',
    /1 of 4 rows without an entity/,
    inSource([...goodOrders, order({ id: 'd', shop: '' })]),
  ],
  ['a column of another type', 'SCHEMA_CHANGED', /VARCHAR/, inSource(goodOrders, { amount: 'VARCHAR' })],
  ['a column less', 'SCHEMA_CHANGED', /colour/, inSource(goodOrders, { colour: null })],
  ['a Parquet file that is cut short', 'SOURCE_CORRUPT', /orders\.parquet/, inSourceBytes(cutShort)],
  ['a Parquet file of no bytes', 'SOURCE_CORRUPT', /orders\.parquet/, inSourceBytes(() => Buffer.alloc(0))],
  [
    'a Parquet file with flipped bits in its pages',
    'SOURCE_CORRUPT',
    /orders\.parquet/,
    inSourceBytes((bytes) => flipped(bytes, 4, footerOf(bytes))),
  ],
  [
    'a Parquet file with flipped bits in its footer',
    'SOURCE_CORRUPT',
    /orders\.parquet/,
    inSourceBytes((bytes) => flipped(bytes, footerOf(bytes) + 4, footerOf(bytes) + 40)),
  ],
  ['text that is not Unicode', 'SOURCE_CORRUPT', /orders\.parquet/, inSourceBytes(withoutUnicode)],
  ['no source at all', 'SOURCE_MISSING', /orders\.parquet/, () => rm(scoring.sourcePath)],
];

describe('a window that is published stays as it is, byte for byte, when a run meets', () => {
  it.each(refusals)('%s', async (_what, type, found, given) => {
    const before = await scoring.published();
    await given();
    const failure = await scoring.run('bad').catch((error: unknown) => error);
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(JSON.stringify((failure as { details?: unknown }).details)).toMatch(found);
    expect(await scoring.published()).toEqual(before);
  });
});

/** How a run ended that did not fail, and how many versions it added to the table. */
interface Outcome {
  readonly status: 'published' | 'held';
  readonly cohort?: 'champion' | 'fallback';
  readonly says: RegExp;
  readonly added: 0 | 1;
  /** Key and score of each row that is served then; scores by hand. */
  readonly served: readonly (readonly [key: string, score: number])[];
}
const goodScores = goodOrders.map(({ id, amount }) => [id, scoreByHand('b', Number(amount), 1)] as const);
const heldOutcome = (says: RegExp): Outcome => ({ status: 'held', says, added: 0, served: goodScores });
const poison = [
  `'; DROP TABLE orders; --`,
  '"quoted", ${x} {{y}}',
  '\u202Eltr',
  'ünï🦆',
  '../../etc/passwd',
  'a\0b',
  '\n\r\t',
  '  ',
  'x'.repeat(65_536),
];
const hundred = Array.from({ length: 100 }, (_, index) =>
  order({ id: `k${String(index).padStart(3, '0')}`, amount: '12' }),
);

async function damageModel(letter: 'a' | 'b', change: (bytes: Buffer) => Buffer): Promise<void> {
  await scoring.writeOrders(ordersAround(newOrders));
  await scoring.damage(`models/${scoring.models[letter]}/model.onnx`, change);
}

const byHand = (letter: 'a' | 'b', orders: readonly Order[], code: number) =>
  orders.map(({ id, amount }) => [id, scoreByHand(letter, Number(amount), code)] as const);

const outcomes: readonly (readonly [what: string, outcome: Outcome, given: Given])[] = [
  [
    'a window that has lost all its rows: held',
    heldOutcome(/the window has no rows now, but \d+ rows are published for it/),
    inSource([]),
  ],
  [
    'numbers that are none, more than may be left out: held',
    heldOutcome(/finite\(amount\)|quarantine/),
    inSource([...goodOrders, order({ id: 'd', amount: 'NaN' }), order({ id: 'e', amount: 'Infinity' })]),
  ],
  [
    'numbers that are none, few enough to be left out: published without them',
    { status: 'published', says: /1 of 101 rows|1 row/, added: 1, served: byHand('b', hundred, 1) },
    inSource([...hundred, order({ id: 'nan', amount: 'NaN' })]),
  ],
  [
    'rows on which most decisions would be others: held',
    heldOutcome(/2 of 3 rows would decide otherwise than what is published/),
    inSource(goodOrders.map((each) => ({ ...each, amount: '1' }))),
  ],
  [
    'categories that nobody has seen: scored as unknown',
    { status: 'published', says: /3 predictions/, added: 1, served: byHand('b', goodOrders, 2) },
    inSource(goodOrders.map((each) => ({ ...each, colour: 'octarine' }))),
  ],
  [
    'strings that are meant to hurt: values like any other',
    {
      status: 'published',
      says: /9 predictions/,
      added: 1,
      served: poison.map((id) => [id, scoreByHand('b', 10.5, 2)]),
    },
    inSource(poison.map((id) => order({ id, shop: id, colour: id }))),
  ],
  [
    'a champion with one flipped bit: the previous champion stands in',
    {
      status: 'published',
      cohort: 'fallback',
      says: /champion 2 could not score: The model bundle is not what its manifest says/,
      added: 1,
      served: byHand('a', newOrders, 1),
    },
    () => damageModel('b', oneBitFlipped),
  ],
  [
    'a champion that is cut short: the previous champion stands in',
    { status: 'published', cohort: 'fallback', says: /model\.onnx/, added: 1, served: byHand('a', newOrders, 1) },
    () => damageModel('b', cutShort),
  ],
  [
    'flipped bits in every model: the baseline stands in',
    {
      status: 'published',
      cohort: 'fallback',
      says: /fallback 1 could not score/,
      added: 1,
      served: newOrders.map(({ id, amount }) => [id, Number(amount) / 100]),
    },
    async () => {
      await damageModel('b', oneBitFlipped);
      await damageModel('a', oneBitFlipped);
    },
  ],
];

describe('what was published can be read as it was, byte for byte, after', () => {
  it.each(outcomes)('%s', async (_what, { status, cohort = 'champion', says, added, served }, given) => {
    const before = await scoring.published();
    const rowsBefore = await scoring.rows();
    await given();
    const result = await scoring.run('bad');
    expect(result).toMatchObject({ status, cohort });
    expect([result.summary, ...result.grounds, ...(result.warnings ?? [])].join('\n')).toMatch(says);
    if (status === 'held')
      expect(await scoring.world.lastEvent()).toMatchObject({ type: 'window-held', grounds: result.grounds });
    expect(await scoring.published()).toMatchObject(before);
    expect(await scoring.rows(0)).toEqual(rowsBefore);
    expect((await scoring.world.table.load(pipeline, 'predictions')).version).toBe(added);
    const rows = (await scoring.rows()).flat();
    expect(rows.map(({ row_key }) => row_key)).toEqual(served.map(([key]) => key).toSorted());
    const scores = new Map(served);
    for (const { row_key, score } of rows) expect(score).toBeCloseTo(scores.get(row_key as string) ?? NaN, 6);
  });
});
