import { describe, expect, it } from 'vitest';
import { fair, worstSlice } from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { minimal, problemsOf } from '../support/parcels-definition.js';

describe('a wrong definition', () => {
  it('is told all of its problems at once, those between sections too', () => {
    const definition = {
      ...minimal(),
      name: 'Parcels',
      window: { every: '1 month', start: 'soon' },
      decision: { positiveRate: 1 },
      baseline: undefined,
      backtest: { gap: '1 day' },
      speed: 'fast',
      gates: [],
    };
    const found = problemsOf(definition).map((problem) => problem.field);
    expect(found.sort()).toEqual(
      [
        'backtest.gap',
        'baseline',
        'decision.positiveRate',
        'gates',
        'name',
        'speed',
        'window.every',
        'window.start',
      ].sort(),
    );
  });

  it('is told what was found, what was expected and an example', () => {
    expect(() =>
      parsePipeline({ ...minimal(), window: { every: 1, start: '2024-01-01' } }, 'pipelines/p/pipeline.ts'),
    ).toThrow(
      /pipelines\/p\/pipeline\.ts is not a valid pipeline definition\.\n {2}- window\.every: found 1, expected a duration such as "1 day", "28 days" or "72 hours"\n {2}example: window: \{ every: '1 day' \}$/,
    );
  });

  it('is told an example whose baseline is made of its own features', () => {
    expect(() => parsePipeline({}, 'here')).toThrow(/features: \{ distance: .*expression: 'distance \/ 5000'/s);
  });

  it.each([[null], [undefined], ['flights'], [7], [[]]])('must be an object, not %j', (value) => {
    expect(problemsOf(value)).toMatchObject([{ field: 'default export' }]);
  });

  it('may not cut windows into pieces', () => {
    const training = { ...minimal().training, window: '36 hours' };
    expect(
      problemsOf({ ...minimal(), training, backtest: { fold: '25 hours', step: '26 hours' } }).map((p) => p.field),
    ).toEqual(['training.window', 'backtest.fold', 'backtest.step']);
  });

  it.each([
    ['the label', 'lost'],
    ['the time the label is known', 'label_available_at'],
    ['the key', 'id'],
    ['a snapshot column', 'row_key'],
  ])('may not use %s as a feature', (_, name) => {
    const dataset = { ...minimal().dataset, features: { weight: 'numeric', depot: 'categorical', [name]: 'numeric' } };
    expect(problemsOf({ ...minimal(), dataset })).toMatchObject([{ field: `dataset.features.${name}` }]);
  });

  it('may not name two features that differ only in case', () => {
    const dataset = { ...minimal().dataset, features: { weight: 'numeric', Weight: 'numeric' } };
    expect(problemsOf({ ...minimal(), dataset })).toMatchObject([{ field: 'dataset.features.Weight' }]);
  });

  it('may slice by a sensitive column', () => {
    const dataset = { ...minimal().dataset, sensitive: ['sex', 'age'] };
    const gates = [...minimal().gates, worstSlice('sex', { minRows: 1, harm: 0.01 })];
    expect(problemsOf({ ...minimal(), dataset, gates })).toEqual([]);
  });

  it('may judge fairness by sensitive columns and features, each once', () => {
    const dataset = { ...minimal().dataset, sensitive: ['sex', 'age'] };
    const limits = { measure: 'equal-opportunity', maxDifference: 0.1 } as const;
    const withFair = (columns: string[]) => ({
      ...minimal(),
      dataset,
      gates: [...minimal().gates, fair(columns, limits)],
    });
    expect(problemsOf(withFair(['sex', 'depot']))).toEqual([]);
    expect(problemsOf(withFair(['sex', 'colour']))).toMatchObject([{ found: '"colour"' }]);
  });

  it('may not give a model what it must not judge by, in whatever case it is written', () => {
    const dataset = { ...minimal().dataset, sensitive: ['Depot', 'sex', 'SEX', 'label', 'champion'] };
    expect(problemsOf({ ...minimal(), dataset }).map(({ field }) => field)).toEqual(
      [0, 2, 3, 4].map((place) => `dataset.sensitive.${place}`),
    );
  });

  it('may name a feature weight only where rows have no weight', () => {
    const label = { ...minimal().label, weight: 'worth' };
    expect(problemsOf(minimal())).toEqual([]);
    expect(problemsOf({ ...minimal(), label })).toMatchObject([{ field: 'dataset.features.weight' }]);
  });
  const withSource = (source: unknown) => ({
    ...minimal(),
    dataset: { ...minimal().dataset, sources: { parcels: source } },
  });

  it.each([
    ['data/**/*.parquet', { path: 'data/**/*.parquet', format: 'parquet' }],
    ['parcels.csv.gz', { path: 'parcels.csv.gz', format: 'csv' }],
    ['s3://bucket/parcels/', { path: 's3://bucket/parcels/', format: 'parquet' }],
    [
      { path: 'lake', hive: true, columns: { day: 'date' }, availableAt: 'published_at' },
      { path: 'lake', format: 'parquet', hive: true, columns: { day: 'DATE' }, availableAt: 'published_at' },
    ],
    [
      { path: 'parcels.duckdb', table: 'main.parcels' },
      { path: 'parcels.duckdb', format: 'duckdb', table: 'main.parcels' },
    ],
  ])('may read %j', (written, source) => {
    expect(parsePipeline(withSource(written), 'here').dataset.sources).toEqual({ parcels: source });
  });

  it.each([
    [{ path: '' }, 'path', 'a path'],
    [{ path: 'a.csv', format: 'json' }, 'format', 'parquet, csv or duckdb'],
    [{ path: 'a.csv', columns: { weight: 'NUMBER); DROP' } }, 'columns.weight', 'a SQL type such as VARCHAR'],
    [{ path: 'a.duckdb' }, 'table', "table: 'main.orders'"],
    [{ path: 'a.duckdb', table: 'a; b' }, 'table', 'a table such as "main.flights"'],
    [{ path: '*.duckdb', table: 'parcels' }, 'path', 'one DuckDB file'],
    [{ path: 'a.duckdb', table: 'parcels', hive: true }, 'hive', 'nothing'],
    [{ path: 'a.parquet', table: 'parcels' }, 'table', "format: 'duckdb'"],
    [{ path: 'a.parquet', url: 'x' }, 'url', 'a field that the reference lists'],
  ])('may not read %j', (written, field, expected) => {
    expect(problemsOf(withSource(written))).toMatchObject([
      { field: `dataset.sources.parcels.${field}`, expected: expect.stringContaining(expected) as string },
    ]);
  });
});
