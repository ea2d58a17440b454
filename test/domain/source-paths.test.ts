import { describe, expect, it } from 'vitest';
import {
  formatOfPath,
  isDataFile,
  matchesGlob,
  partitionsOf,
  partitionType,
  splitGlob,
} from '../../domain/source-paths.js';

describe('a glob', () => {
  it.each([
    ['a.parquet', '*.parquet', true],
    ['deep/a.parquet', '*.parquet', false],
    ['a.parquet', '**/*.parquet', true],
    ['x/y/z/a.parquet', '**/*.parquet', true],
    ['x/a.parquet', 'x/**', true],
    ['x/y/a.parquet', 'x/**/a.parquet', true],
    ['day=1/a.parquet', 'day=*/*.parquet', true],
    ['ab.csv', 'a?.csv', true],
    ['abc.csv', 'a?.csv', false],
    ['a.csv', '[ab].csv', true],
    ['c.csv', '[!ab].csv', true],
    ['axcsv', '*.csv', false],
    ['a(1).csv', 'a(*).csv', true],
    ['a[1.csv', 'a[1.csv', true],
    ['a1.csv', 'a[1.csv', false],
    ['a[z-a].csv', 'a[z-a].csv', true],
  ])('of %s by %s is %s', (name, pattern, matches) => {
    expect(matchesGlob(name, pattern)).toBe(matches);
  });

  it.each([
    ['/data/*.parquet', '/data', '*.parquet'],
    ['/data/day=*/x.parquet', '/data', 'day=*/x.parquet'],
    ['/*.csv', '/', '*.csv'],
    ['s3://bucket/a/**/*.csv', 's3://bucket/a', '**/*.csv'],
  ])('begins where its first wildcard is: %s', (path, folder, pattern) => {
    expect(splitGlob(path)).toEqual({ folder, pattern });
  });
});

it.each([
  ['a.csv', 'csv'],
  ['a.CSV.gz', 'csv'],
  ['data/*.csv', 'csv'],
  ['a.duckdb', 'duckdb'],
  ['a.parquet', 'parquet'],
  ['folder/', 'parquet'],
])('the format of %s is %s', (path, format) => {
  expect(formatOfPath(path)).toBe(format);
});

it.each([
  ['a.parquet', true],
  ['day=1/a.parquet', true],
  ['_month=1/a.parquet', true],
  ['_SUCCESS', false],
  ['_delta_log/0.parquet', false],
  ['.a.parquet.crc', false],
  ['day=1/.a.parquet', false],
  ['a.csv', false],
])('%s in a folder of Parquet files is data: %s', (name, data) => {
  expect(isDataFile(name, 'parquet')).toBe(data);
});

describe('partitions', () => {
  it('are the key=value folders of a file, and nothing in its own name', () => {
    expect(partitionsOf('year=2024/x/region=n%20e/k=v.parquet')).toEqual({ year: '2024', region: 'n e' });
    expect(partitionsOf('region=__HIVE_DEFAULT_PARTITION__/a.parquet')).toEqual({ region: null });
    expect(partitionsOf('a.parquet')).toEqual({});
    expect(partitionsOf('a=100%/x.csv')).toEqual({ a: '100%' });
  });

  it.each<[readonly (string | null)[], string]>([
    [['1', '02', '-3'], 'BIGINT'],
    [['2024-01-01', null], 'DATE'],
    [['2024-01-01', '2024-13-01'], 'VARCHAR'],
    [['1', '2024-01-01'], 'VARCHAR'],
    [['a'], 'VARCHAR'],
    [[null], 'VARCHAR'],
    [['12345678901234567890'], 'VARCHAR'],
  ])('of %j are %s', (values, type) => {
    expect(partitionType(values)).toBe(type);
  });
});
