import { describe, expect, it } from 'vitest';
import * as rules from '../../../contracts/define-pipeline.js';
import { order } from '../../support/orders.js';
import { reference, TEXT_SQL, type Setting, useValidatedOrders } from '../../support/validated-orders.js';

const held = useValidatedOrders();
const { validate, requestOf } = held;

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
    expect(await held.world.store.list('snapshots/orders')).toEqual([]);
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

describe('the rules that a snapshot was held to', () => {
  it('are part of what it is, and so is the champion that they compare with', async () => {
    await held.create([order({ id: 'a' })]);
    const digestOf = async (setting: Omit<Setting, 'orders'>) =>
      (await held.world.builder().buildSnapshot(requestOf({ orders: [], ...setting }))).digest;
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
    expect(await held.world.store.list('quarantine/orders')).toEqual([]);
  });
});

describe('a numeric feature of another type', () => {
  it('is refused, and does not become a column of missing values', async () => {
    await held.create([order({ id: 'a' })]);
    const { definition, ...request } = requestOf({ orders: [] });
    const sql = TEXT_SQL.replace('amount::VARCHAR AS amount', 'day::DATE AS amount');
    const changed = { ...definition, dataset: { ...definition.dataset, sql } };
    const failure = held.world.builder().buildSnapshot({ ...request, definition: changed });
    await expect(failure).rejects.toMatchObject({ type: 'BAD_DATA', problems: [{ field: 'dataset.sql' }] });
  });
});
