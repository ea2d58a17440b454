import path from 'node:path';
import { readFile, rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RuleReference, SnapshotRequest } from '../../../activities/ports/dataset.js';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { readParquet } from '../../../adapters/duckdb/sql-text.js';
import * as rules from '../../../contracts/define-pipeline.js';
import { sha256Hex } from '../../../contracts/digest.js';
import { toValidationRule, validationSection, type RuleInput } from '../../../contracts/validation-rules.js';
import type { SnapshotManifest } from '../../../domain/snapshot.js';
import type { RuleResult } from '../../../domain/validation/results.js';
import { createOrdersWorld, order, ORDERS_SQL, type Order, type OrdersWorld } from '../../support/orders.js';

let world: OrdersWorld;
afterEach(() => world.remove());

const fifth = { start: '2024-01-05T00:00:00.000Z', end: '2024-01-06T00:00:00.000Z' };
const edges: readonly Order[] = [order({ id: 'first', day: '2024-01-01' }), order({ id: 'last', day: '2024-01-09' })];

/** The amount as it stands in the source, and when a row was recorded: the colour column says so where a test needs it. */
const TEXT_SQL = ORDERS_SQL.replace('try_cast(amount AS DOUBLE) AS amount', 'amount::VARCHAR AS amount').replace(
  'known_at',
  'known_at, try_cast(colour AS TIMESTAMP) AS recorded_at',
);

interface Setting {
  readonly orders: readonly Partial<Order>[];
  readonly rules?: readonly RuleInput[];
  readonly purpose?: SnapshotRequest['purpose'];
  readonly maxQuarantineShare?: number;
  readonly reference?: RuleReference;
}

/** Orders of the fifth, keyed `k00`, `k01` … unless they say otherwise, held to rules. */
async function validate(setting: Setting): Promise<SnapshotManifest> {
  const ofTheFifth = setting.orders.map((fields, k) => order({ id: `k${String(k).padStart(2, '0')}`, ...fields }));
  world = await createOrdersWorld([...edges, ...ofTheFifth]);
  const builder = world.builder();
  const { digest } = await builder.buildSnapshot(requestOf(setting));
  return builder.loadSnapshot('orders', digest);
}

function requestOf({ rules: declared = [], purpose, maxQuarantineShare = 0.01, reference }: Setting): SnapshotRequest {
  const { definition } = world;
  return {
    definition: {
      ...definition,
      dataset: { ...definition.dataset, sql: TEXT_SQL },
      validation: validationSection.parse(declared).map(toValidationRule),
      audit: { ...definition.audit, maxQuarantineShare },
    },
    purpose: purpose ?? 'scoring',
    window: fifth,
    asOf: '2024-01-05T12:00:00.000Z',
    ...(reference === undefined ? {} : { reference }),
  };
}

function resultOf(manifest: SnapshotManifest, rule: string): RuleResult | undefined {
  return manifest.validation.results.find((result) => result.rule === rule);
}

async function rowsOf(files: readonly { readonly path: string }[]): Promise<readonly Record<string, unknown>[]> {
  const parts = files.map((file) => path.join(world.store.root, file.path));
  const settings = { allowed: parts, tempDirectory: path.join(world.root, 'spill'), threads: 1, memoryLimitMb: 128 };
  return withDuckDb(settings, (connection) => queryRows(connection, `SELECT * FROM ${readParquet(parts)}`));
}

function many(count: number, fields: (k: number) => Partial<Order>): readonly Partial<Order>[] {
  return Array.from({ length: count }, (_, k) => ({ id: `k${String(k).padStart(4, '0')}`, ...fields(k) }));
}

/** A champion whose training rows had amounts up to 10 and above in equal shares, and no other colours than these. */
const reference: RuleReference = {
  modelDigest: 'a'.repeat(64),
  dictionary: { colour: ['red', 'blue'] },
  profile: {
    rows: 1_000_000,
    numeric: { amount: { cuts: [10], shares: [0.5, 0.5], nullShare: 0 } },
    categorical: { colour: { values: ['red', 'blue'], shares: [0.5, 0.5], nullShare: 0 } },
    scores: { mean: 0.2, cuts: [], shares: [1] },
  },
};

describe('a family of anomalies', () => {
  const two = [{}, {}];
  const evenly = many(400, (k) => ({ amount: k % 2 === 0 ? '5' : '15', colour: k % 2 === 0 ? 'red' : 'blue' }));
  const unevenly = many(400, (k) => ({ amount: k % 4 === 0 ? '5' : '15', colour: k % 4 === 0 ? 'red' : 'blue' }));

  /** Name (TFDV's where it has one), a rule, a batch that holds, one that does not, and what was found in that one. */
  const families: readonly (readonly [
    string,
    RuleInput,
    readonly Partial<Order>[],
    readonly Partial<Order>[],
    Partial<RuleResult>,
  ])[] = [
    [
      'type mismatch: poison strings',
      rules.numeric('amount'),
      two,
      [{ amount: 'ten' }, {}],
      { failing: 1, checked: 2, found: 0.5, examples: ['ten'] },
    ],
    ['FLOAT_TYPE_HAS_NAN', rules.finite('amount'), two, [{ amount: 'nan' }, {}], { failing: 1, examples: ['nan'] }],
    [
      'FLOAT_TYPE_HAS_INF',
      rules.finite('amount'),
      two,
      [{ amount: 'inf' }, { amount: '-inf' }],
      { failing: 2, examples: ['-inf', 'inf'] },
    ],
    [
      'FEATURE_TYPE_LOW_FRACTION_PRESENT',
      rules.nullShare('colour', { max: 0.5 }),
      [{ colour: '' }, {}],
      [{ colour: '' }, { colour: '' }, {}],
      { found: 2 / 3, limit: 'at most 0.5' },
    ],
    [
      'FEATURE_TYPE_LOW_NUMBER_PRESENT',
      rules.present('colour', { min: 2 }),
      two,
      [{ colour: '' }, {}],
      { found: 1, limit: 'at least 2' },
    ],
    ['a missing value', rules.notNull('colour'), two, [{ colour: '' }, {}], { failing: 1, checked: 2, examples: [] }],
    [
      'ENUM_TYPE_UNEXPECTED_STRING_VALUES',
      rules.oneOf('colour', ['red', 'blue']),
      two,
      [{ colour: "ro'sa" }, {}],
      { failing: 1, examples: ["ro'sa"] },
    ],
    [
      'an unseen category',
      rules.oneOf('colour', 'training'),
      two,
      [{ colour: 'green' }, { colour: '' }],
      { failing: 1, checked: 1, examples: ['green'] },
    ],
    [
      'min_domain_mass (mostly)',
      rules.oneOf('colour', ['red'], { mostly: 0.5 }),
      [{}, { colour: 'x' }],
      [{}, { colour: 'x' }, { colour: 'y' }],
      { failing: 2, checked: 3, examples: ['x', 'y'] },
    ],
    [
      'INT/FLOAT_TYPE_SMALL',
      rules.inRange('amount', { min: 10 }),
      [{ amount: '10' }],
      [{ amount: '9.99' }],
      { failing: 1, examples: ['9.99'] },
    ],
    [
      'INT/FLOAT_TYPE_BIG',
      rules.inRange('amount', { max: 10 }),
      [{ amount: '10' }],
      [{ amount: '10.01' }],
      { failing: 1, examples: ['10.01'] },
    ],
    [
      'a pattern',
      rules.matches('colour', '[a-z]{3,4}'),
      [{}, { colour: '' }],
      [{ colour: 'reddish' }, {}],
      { failing: 1, checked: 2, examples: ['reddish'] },
    ],
    [
      'FEATURE_TYPE_HIGH_UNIQUE',
      rules.distinctCount('colour', { max: 2 }),
      [{}, { colour: 'b' }],
      [{}, { colour: 'b' }, { colour: 'c' }],
      { found: 3 },
    ],
    ['FEATURE_TYPE_LOW_UNIQUE', rules.distinctCount('colour', { min: 2 }), [{}, { colour: 'b' }], two, { found: 1 }],
    [
      'a constant column',
      rules.notConstant('amount'),
      [{ amount: '1' }, { amount: '2' }],
      two,
      { found: 1, checked: 2 },
    ],
    [
      'uniqueness',
      rules.unique('colour'),
      [{}, { colour: 'b' }, { colour: '' }, { colour: '' }],
      [{}, {}, { colour: 'b' }],
      { failing: 1, checked: 3, examples: ['red'] },
    ],
    [
      'compound uniqueness',
      rules.unique(['shop', 'colour']),
      [{}, { shop: 'south' }],
      two,
      { failing: 1, examples: ['north, red'] },
    ],
    ['duplicate rows', rules.noDuplicateRows(), [{}, { amount: '1' }], [{}, {}, {}], { failing: 2, checked: 3 }],
    ['DATASET_LOW_NUM_EXAMPLES', rules.rowCount({ min: 2 }), two, [{}], { found: 1, limit: 'at least 2' }],
    ['DATASET_HIGH_NUM_EXAMPLES', rules.rowCount({ max: 2 }), two, [{}, {}, {}], { found: 3, limit: 'at most 2' }],
    ['NO_DATA_IN_SPAN', rules.rowCount({ min: 1 }), [{}], [], { found: 0 }],
    [
      'a timestamp in the future',
      rules.notInFuture('recorded_at'),
      [{ colour: '2024-01-05T12:00:00' }, {}],
      [{ colour: '2024-01-05T12:00:01' }],
      { failing: 1, examples: ['2024-01-05 12:00:01'] },
    ],
    [
      'freshness of recording',
      rules.fresh({ within: '2 hours', column: 'recorded_at' }),
      [{ colour: '2024-01-05T10:00:00' }, { colour: '2023-01-01' }],
      [{ colour: '2024-01-05T09:59:59' }],
      { found: 7_201_000 },
    ],
    [
      'COMPARATOR_L_INFTY_HIGH',
      rules.distributedAsTrained('colour', { max: 0.2 }),
      evenly,
      unevenly,
      { found: 0.25, checked: 400 },
    ],
    // Half of 0.5 log2(0.5/0.375) + 0.5 log2(0.5/0.625) + 0.25 log2(0.25/0.375) + 0.75 log2(0.75/0.625) is 0.048795.
    [
      'JENSEN_SHANNON_DIVERGENCE_HIGH',
      rules.distributedAsTrained('amount', { max: 0.2 }),
      evenly,
      unevenly,
      { checked: 400, found: expect.closeTo(0.220896, 6) as number },
    ],
    [
      'a rise of the null share',
      rules.nullShareAsTrained('colour'),
      evenly,
      many(400, (k) => ({ colour: k < 21 ? '' : 'red' })),
      { found: 0.0525 },
    ],
    [
      'a null share beyond 3 sd',
      rules.nullShareAsTrained('amount', { deviations: 3 }),
      evenly,
      many(400, (k) => ({ amount: k < 1 ? '' : '5' })),
      { found: 0.0025 },
    ],
  ];

  it.each(families)('stops the batch, and only then: %s', async (_, rule, good, bad, found) => {
    const held = await validate({ orders: good, rules: [rule], reference, maxQuarantineShare: 1 });
    const name = toValidationRule(validationSection.parse([rule])[0] as never).name;
    expect(resultOf(held, name)).toMatchObject({ verdict: 'passed' });
    expect(held.validation).toMatchObject({ status: 'passed', grounds: [], warnings: [] });
    await world.remove();
    const batch = await validate({ orders: bad, rules: [rule], reference, maxQuarantineShare: 1 });
    expect(resultOf(batch, name)).toMatchObject({ verdict: 'failed', ...found });
    expect(batch.validation).toMatchObject({ status: 'stopped', grounds: [expect.stringContaining(name)] });
  });
});

describe('freshness of events', () => {
  it.each([
    ['1 day', 'passed'],
    ['86399 seconds', 'stopped'],
  ])("is asked at the window's end, a day after the newest event: within %s is %s", async (within, status) => {
    const manifest = await validate({ orders: [{}], rules: [rules.fresh({ within })] });
    expect(manifest.validation.status).toBe(status);
    expect(resultOf(manifest, 'fresh')).toMatchObject({ found: 86_400_000, checked: 1 });
  });
});

describe('quarantine', () => {
  it('writes each row once, as it was found, with every rule that it fails', async () => {
    const manifest = await validate({
      orders: [{ amount: 'ten', colour: 'x' }, { amount: '-1' }, {}, { amount: 'nan', colour: '' }],
      rules: [
        rules.inRange('amount', { min: 0, severity: 'quarantine' }),
        rules.matches('colour', '[a-z]{2,}', { severity: 'quarantine' }),
      ],
      maxQuarantineShare: 0.75,
    });
    expect(manifest).toMatchObject({
      rowsFound: 4,
      rows: 1,
      quarantined: 3,
      quarantine: {
        rows: 3,
        reasons: { 'numeric(amount)': 1, 'finite(amount)': 1, 'in-range(amount)': 2, 'matches(colour)': 1 },
      },
      validation: { status: 'passed', grounds: [] },
    });
    expect(manifest.validation.warnings).toHaveLength(4);
    const day = new Date('2024-01-05T00:00:00Z');
    expect(await rowsOf(manifest.quarantine === null ? [] : [manifest.quarantine.file])).toMatchObject([
      {
        row_key: 'k00',
        entity: 'north',
        event_time: day,
        amount: 'ten',
        colour: 'x',
        reasons: ['numeric(amount)', 'matches(colour)'],
      },
      { row_key: 'k01', amount: '-1', colour: 'red', reasons: ['in-range(amount)'] },
      { row_key: 'k03', amount: 'nan', colour: null, reasons: ['finite(amount)', 'in-range(amount)'] },
    ]);
    expect(await rowsOf(manifest.parts)).toEqual([
      { row_key: 'k02', entity: 'north', event_time: day, amount: 10.5, colour: 'red' },
    ]);
  });
});

describe('the severity of a rule', () => {
  const red = { orders: [{ colour: 'green' }, {}] };

  it('decides what follows: warn says it and goes on', async () => {
    const manifest = await validate({ ...red, rules: [rules.oneOf('colour', ['red'], { severity: 'warn' })] });
    expect(manifest).toMatchObject({ rows: 2, quarantine: null, validation: { status: 'passed', grounds: [] } });
    expect(manifest.validation.warnings).toEqual([
      'one-of(colour): 1 of 2 rows (share 0.5): colour is none of the 1 allowed values, such as "green"; expected: every row holds',
    ]);
  });

  it('is that of a declared rule where one takes the place of a default', async () => {
    const manifest = await validate({ orders: [{ amount: 'ten' }, {}], rules: [rules.numeric('amount')] });
    expect(manifest).toMatchObject({ rows: 2, quarantine: null, validation: { status: 'stopped' } });
    expect(manifest.validation.results.map(({ rule }) => rule)).toEqual(['finite(amount)', 'numeric(amount)']);
  });

  it('does nothing while enough rows hold: those that do not stay where they are', async () => {
    const rule = rules.oneOf('colour', ['red'], { severity: 'quarantine', mostly: 0.5 });
    expect(await validate({ ...red, rules: [rule] })).toMatchObject({ rows: 2, quarantine: null });
  });

  it('stops a labelled snapshot as bad data, with every rule that failed, and leaves no snapshot', async () => {
    const setting: Setting = {
      ...red,
      purpose: 'labelled',
      rules: [rules.oneOf('colour', ['red']), rules.notConstant('amount')],
    };
    await expect(validate(setting)).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        { field: 'one-of(colour)', expected: 'every row holds' },
        { field: 'not-constant(amount)', found: expect.stringContaining('1 values of amount in 2 rows') as string },
      ],
    });
    expect(await world.store.list('snapshots/orders')).toEqual([]);
  });

  it('does not reach a labelled snapshot when the rule is about one scored window or a champion', async () => {
    const about = [
      rules.rowCount({ max: 1 }),
      rules.present('colour', { min: 3 }),
      rules.distinctCount('colour', { max: 1 }),
      rules.fresh({ within: '1 second' }),
      rules.oneOf('colour', 'training'),
      rules.distributedAsTrained('amount'),
      rules.nullShareAsTrained('amount'),
    ];
    const manifest = await validate({ ...red, purpose: 'labelled', rules: about });
    expect(manifest.validation.results.map(({ rule }) => rule)).toEqual(['numeric(amount)', 'finite(amount)']);
  });
});

describe('the share of quarantined rows', () => {
  const one = { orders: [{ amount: 'nan' }, {}, {}, {}] };

  it('may reach its limit, not pass it', async () => {
    expect((await validate({ ...one, maxQuarantineShare: 0.25 })).validation.status).toBe('passed');
    await world.remove();
    const above = await validate({ ...one, maxQuarantineShare: 0.2499 });
    expect(above).toMatchObject({ rowsFound: 4, rows: 3, quarantine: { rows: 1 } });
    expect(above.validation).toMatchObject({
      status: 'stopped',
      grounds: ['1 of 4 rows were quarantined (share 0.25); the limit is 0.2499'],
    });
  });

  it('stops a labelled snapshot too', async () => {
    await expect(validate({ ...one, purpose: 'labelled' })).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [{ field: 'audit.maxQuarantineShare' }],
    });
  });

  it('is all of them when no row may be used: there is an empty snapshot, and every row with its reason', async () => {
    const manifest = await validate({ orders: [{ amount: 'nan' }, { amount: 'x' }] });
    expect(manifest).toMatchObject({
      rowsFound: 2,
      rows: 0,
      quarantine: { rows: 2 },
      validation: { status: 'stopped' },
    });
    expect(await rowsOf(manifest.parts)).toEqual([]);
  });

  it('is none of an empty window, which passes every rule but a row count', async () => {
    const rule = [rules.notNull('colour'), rules.fresh({ within: '1 second' }), rules.distributedAsTrained('amount')];
    const manifest = await validate({ orders: [], rules: rule, reference });
    expect(manifest).toMatchObject({ rowsFound: 0, rows: 0, quarantine: null });
    expect(manifest.validation).toMatchObject({ status: 'passed', grounds: [], warnings: [] });
  });
});

describe('a quarantine file', () => {
  const orders = many(2000, (k) => ({
    id: `k${String((k * 7919) % 2000)}`,
    amount: k % 3 === 0 ? `x${String(k)}` : '1',
  }));
  const setting = { orders, maxQuarantineShare: 1 };

  it('has the same bytes in another store, from another order of the source, with other threads', async () => {
    const first = await validate(setting);
    const bytes = await readFile(path.join(world.store.root, first.quarantine?.file.path ?? ''));
    expect(first.quarantine?.file.path).toBe(`quarantine/orders/${sha256Hex(bytes)}.parquet`);
    expect(first.quarantine).toMatchObject({ rows: 667, file: { rows: 667, bytes: bytes.length } });
    await world.remove();
    world = await createOrdersWorld([...edges, ...orders.toReversed().map((fields) => order({ id: '', ...fields }))]);
    const builder = world.builder(2);
    const { digest } = await builder.buildSnapshot(requestOf(setting));
    expect((await builder.loadSnapshot('orders', digest)).quarantine).toEqual(first.quarantine);
  });

  it('is part of a snapshot that is found again: without it the snapshot is built anew', async () => {
    const { quarantine } = await validate(setting);
    const file = path.join(world.store.root, quarantine?.file.path ?? '');
    const bytes = await readFile(file);
    await rm(file);
    await world.builder().buildSnapshot(requestOf(setting));
    expect(await readFile(file)).toEqual(bytes);
  });
});

describe('the rules that a snapshot was held to', () => {
  it('are part of what it is, and so is the champion that they compare with', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const digestOf = async (setting: Omit<Setting, 'orders'>) =>
      (await world.builder().buildSnapshot(requestOf({ orders: [], ...setting }))).digest;
    const rule = [rules.oneOf('colour', 'training')];
    const other = { ...reference, modelDigest: 'b'.repeat(64), dictionary: { colour: ['blue'] } };
    const digests = [
      await digestOf({}),
      await digestOf({ rules: [rules.notNull('colour')] }),
      await digestOf({ rules: rule, reference }),
      await digestOf({ rules: rule, reference: other }),
    ];
    expect(new Set(digests).size).toBe(4);
  });

  it('say so when the champion knows nothing of a column', async () => {
    const manifest = await validate({
      orders: [{}],
      rules: [rules.oneOf('colour', 'training'), rules.distributedAsTrained('amount')],
      reference: { ...reference, dictionary: {} },
    });
    expect(manifest.validation).toMatchObject({ status: 'passed', grounds: [] });
    expect(manifest.validation.warnings).toEqual([
      'one-of(colour): the champion knows no values of this column',
      'distribution(amount): not measured: amount needs 200 rows on both sides, there are 1 rows against 1000000',
    ]);
  });

  it('may name a timestamp that the SQL has to give', async () => {
    const failure = validate({ orders: [{}], rules: [rules.notInFuture('loaded_at')] });
    await expect(failure).rejects.toMatchObject({
      type: 'INVALID_SQL',
      problems: [{ found: 'no column loaded_at' }],
    });
  });
});

describe('rows that cannot be told apart', () => {
  it.each([
    ['a repeated key', [{ id: 'a' }, { id: 'a' }]],
    ['no key', [{ id: '' }, {}]],
  ])('stop the build whatever the rules say: %s', async (_, orders) => {
    const failure = validate({
      orders,
      rules: [rules.notNull('id', { severity: 'warn' }), rules.unique('id', { severity: 'warn' })],
    });
    await expect(failure).rejects.toMatchObject({ type: 'BAD_DATA' });
    expect(await world.store.list('quarantine/orders')).toEqual([]);
  });
});

describe('a numeric feature of another type', () => {
  it('is refused, and does not become a column of missing values', async () => {
    world = await createOrdersWorld([...edges, order({ id: 'a' })]);
    const { definition, ...request } = requestOf({ orders: [] });
    const sql = TEXT_SQL.replace('amount::VARCHAR AS amount', 'day::DATE AS amount');
    const changed = { ...definition, dataset: { ...definition.dataset, sql } };
    const failure = world.builder().buildSnapshot({ ...request, definition: changed });
    await expect(failure).rejects.toMatchObject({ type: 'BAD_DATA', problems: [{ field: 'dataset.sql' }] });
  });
});
