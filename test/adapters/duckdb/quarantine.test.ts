import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as rules from '../../../contracts/define-pipeline.js';
import { sha256Hex } from '../../../contracts/digest.js';
import { order } from '../../support/orders.js';
import { many, reference, useValidatedOrders } from '../../support/validated-orders.js';

const held = useValidatedOrders();
const { validate, requestOf, rowsOf } = held;

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

describe('the share of quarantined rows', () => {
  const one = { orders: [{ amount: 'nan' }, {}, {}, {}] };

  it('may reach its limit, not pass it', async () => {
    expect((await validate({ ...one, maxQuarantineShare: 0.25 })).validation.status).toBe('passed');
    await held.world.remove();
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
    const bytes = await readFile(path.join(held.world.store.root, first.quarantine?.file.path ?? ''));
    expect(first.quarantine?.file.path).toBe(`quarantine/orders/${sha256Hex(bytes)}.parquet`);
    expect(first.quarantine).toMatchObject({ rows: 667, file: { rows: 667, bytes: bytes.length } });
    await held.world.remove();
    await held.create([...orders.toReversed().map((fields) => order({ id: '', ...fields }))]);
    const builder = held.world.builder(2);
    const { digest } = await builder.buildSnapshot(requestOf(setting));
    expect((await builder.loadSnapshot('orders', digest)).quarantine).toEqual(first.quarantine);
  });

  it('is part of a snapshot that is found again: without it the snapshot is built anew', async () => {
    const { quarantine } = await validate(setting);
    const file = path.join(held.world.store.root, quarantine?.file.path ?? '');
    const bytes = await readFile(file);
    await rm(file);
    await held.world.builder().buildSnapshot(requestOf(setting));
    expect(await readFile(file)).toEqual(bytes);
  });
});
