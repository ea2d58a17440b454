import { describe, expect, it } from 'vitest';
import { compareSchemas, type SourceSchema } from '../../domain/source-schema.js';

const accepted: readonly SourceSchema[] = [schema('orders', ['id VARCHAR', 'amount DOUBLE', 'day DATE'])];

function schema(name: string, columns: readonly string[]): SourceSchema {
  return {
    name,
    columns: columns.map((text) => ({ name: text.split(' ')[0] ?? '', type: text.split(' ')[1] ?? '' })),
  };
}

describe('the columns of a source, against those it was accepted with', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['the same', ['id VARCHAR', 'amount DOUBLE', 'day DATE'], [], []],
    ['in another order', ['day DATE', 'id VARCHAR', 'amount DOUBLE'], [], []],
    ['in other letters', ['ID VARCHAR', 'Amount DOUBLE', 'day DATE'], [], []],
    ['one more', ['id VARCHAR', 'amount DOUBLE', 'day DATE', 'wind FLOAT'], ['wind FLOAT'], []],
    ['one less', ['id VARCHAR', 'day DATE'], [], ['amount: no such column']],
    ['one of another type', ['id VARCHAR', 'amount BIGINT', 'day DATE'], [], ['amount: BIGINT']],
    ['one renamed', ['id VARCHAR', 'total DOUBLE', 'day DATE'], ['total DOUBLE'], ['amount: no such column']],
    ['none left', [], [], ['id: no such column', 'amount: no such column', 'day: no such column']],
  ])('are %s', (_, columns, added, lost) => {
    const drift = compareSchemas(accepted, [schema('orders', columns)]);
    expect(drift.warnings).toEqual(added.map((column) => `source orders has a new column ${column}`));
    expect(
      drift.problems.map(({ field, found }) => `${field.replace('dataset.sources.orders.', '')}: ${found}`),
    ).toEqual(lost);
  });

  it('are compared source by source, with what they were', () => {
    const before = [...accepted, schema('shops', ['city VARCHAR'])];
    const now = [schema('orders', ['id VARCHAR', 'amount DOUBLE']), schema('shops', ['city INTEGER'])];
    expect(compareSchemas(before, now).problems).toEqual([
      { field: 'dataset.sources.orders.day', found: 'no such column', expected: 'DATE, as accepted' },
      { field: 'dataset.sources.shops.city', found: 'INTEGER', expected: 'VARCHAR, as accepted' },
    ]);
  });

  it('mean nothing when only one side has the source', () => {
    expect(compareSchemas(accepted, [schema('shops', ['city VARCHAR'])])).toEqual({ warnings: [], problems: [] });
  });
});
