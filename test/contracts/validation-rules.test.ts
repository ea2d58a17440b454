import { describe, expect, it } from 'vitest';
import * as rules from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';

function definition(validation: readonly unknown[] | undefined) {
  return {
    name: 'parcels',
    dataset: {
      sources: { parcels: 'parcels.csv' },
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { weight: 'numeric', origin: 'categorical' },
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'weight / 100' },
    training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
    gates: [rules.notWorse('auc', { margin: 0.01 })],
    ...(validation === undefined ? {} : { validation }),
  };
}

function parsed(validation?: readonly unknown[]) {
  return parsePipeline(definition(validation), 'here').validation;
}

function problemsOf(...validation: readonly unknown[]): readonly Problem[] {
  try {
    parsed(validation);
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'INVALID_DEFINITION') return error.problems;
    throw error;
  }
  return [];
}

describe('the rules of a definition', () => {
  it('are none when the section is absent: what always holds is enough', () => {
    expect(parsed()).toEqual([]);
  });

  it('stop the batch, hold for every row, and are called by their check and column, unless they say otherwise', () => {
    const stop = { severity: 'stop', mostly: 1 };
    expect(
      parsed([
        rules.numeric('weight'),
        rules.finite('weight', { severity: 'warn' }),
        rules.notNull('origin', { mostly: 0.9, name: 'origins are known' }),
        rules.inRange('weight', { min: 0, severity: 'quarantine' }),
        rules.oneOf('origin', ['a', 'b']),
        rules.oneOf('depot', ['x']),
        rules.oneOf('origin', 'training', { name: 'known origins' }),
        rules.matches('id', '[0-9]+'),
        rules.notInFuture('loaded_at'),
      ]),
    ).toEqual([
      { check: 'numeric', column: 'weight', name: 'numeric(weight)', ...stop },
      { check: 'finite', column: 'weight', name: 'finite(weight)', severity: 'warn', mostly: 1 },
      { check: 'not-null', column: 'origin', name: 'origins are known', severity: 'stop', mostly: 0.9 },
      {
        check: 'in-range',
        column: 'weight',
        name: 'in-range(weight)',
        min: 0,
        max: null,
        severity: 'quarantine',
        mostly: 1,
      },
      { check: 'one-of', column: 'origin', values: ['a', 'b'], name: 'one-of(origin)', ...stop },
      { check: 'one-of', column: 'depot', values: ['x'], name: 'one-of(depot)', ...stop },
      { check: 'one-of', column: 'origin', values: 'training', name: 'known origins', ...stop },
      { check: 'matches', column: 'id', pattern: '[0-9]+', name: 'matches(id)', ...stop },
      { check: 'not-in-future', column: 'loaded_at', name: 'not-in-future(loaded_at)', ...stop },
    ]);
  });

  it('may be about repetition and about the batch', () => {
    const stop = { severity: 'stop' };
    expect(
      parsed([
        rules.unique(['depot', 'day'], { mostly: 0.5 }),
        rules.noDuplicateRows(),
        rules.rowCount({ min: 1 }),
        rules.present('weight', { min: 5 }),
        rules.nullShare('origin', { max: 0.2 }),
        rules.nullShareAsTrained('weight'),
        rules.nullShareAsTrained('origin', { deviations: 3, severity: 'warn' }),
        rules.distinctCount('origin', { max: 300 }),
        rules.notConstant('weight'),
        rules.fresh({ within: '2 days' }),
        rules.fresh({ within: '1 hour', column: 'loaded_at' }),
        rules.distributedAsTrained('origin'),
      ]),
    ).toEqual([
      { check: 'unique', columns: ['depot', 'day'], name: 'unique(depot, day)', mostly: 0.5, ...stop },
      { check: 'no-duplicate-rows', name: 'no-duplicate-rows', mostly: 1, ...stop },
      { check: 'row-count', name: 'row-count', min: 1, max: null, ...stop },
      { check: 'present', column: 'weight', name: 'present(weight)', min: 5, ...stop },
      { check: 'null-share', column: 'origin', name: 'null-share(origin)', max: 0.2, ...stop },
      {
        check: 'null-share-change',
        column: 'weight',
        name: 'null-share-change(weight)',
        max: 0.05,
        unit: 'share',
        ...stop,
      },
      {
        check: 'null-share-change',
        column: 'origin',
        name: 'null-share-change(origin)',
        max: 3,
        unit: 'deviations',
        severity: 'warn',
      },
      { check: 'distinct', column: 'origin', name: 'distinct(origin)', min: null, max: 300, ...stop },
      { check: 'not-constant', column: 'weight', name: 'not-constant(weight)', ...stop },
      { check: 'fresh', column: null, name: 'fresh', withinMs: 172_800_000, ...stop },
      { check: 'fresh', column: 'loaded_at', name: 'fresh(loaded_at)', withinMs: 3_600_000, ...stop },
      { check: 'distribution', column: 'origin', name: 'distribution(origin)', max: 0.1, ...stop },
    ]);
  });
});

describe('rules that cannot be', () => {
  it('are all named at once', () => {
    const problems = problemsOf(
      rules.notNull('orign'),
      rules.inRange('weight', { min: 10, max: 1 }),
      rules.matches('origin', '[a-'),
      rules.rowCount({ min: 1, severity: 'quarantine' }),
      rules.inRange('origin', { min: 0 }),
    );
    expect(problems.map(({ field }) => field)).toEqual([
      'validation.0.column',
      'validation.1.min',
      'validation.2.pattern',
      'validation.3.severity',
      'validation.4.column',
    ]);
  });

  it.each([
    [
      'a column that nobody has',
      rules.notNull('orign'),
      'column',
      'a feature, the key, the entity or the event time: weight, origin, id, depot, day',
    ],
    ['a range of text', rules.inRange('origin', { min: 0 }), 'column', 'one of the numeric features: weight'],
    [
      'values of a number',
      rules.oneOf('weight', ['1']),
      'column',
      'a categorical feature, the key or the entity: origin, id, depot',
    ],
    [
      'known values of the entity',
      rules.oneOf('depot', 'training'),
      'column',
      'one of the categorical features: origin',
    ],
    ['a distribution of the key', rules.distributedAsTrained('id'), 'column', 'one of the features: weight, origin'],
    [
      'an unknown column among several',
      rules.unique(['id', 'x']),
      'columns',
      'a feature, the key, the entity or the event time: weight, origin, id, depot, day',
    ],
    [
      'a misspelt word for the known values',
      rules.oneOf('origin', 'trainin' as 'training'),
      'values',
      "a list of texts, or 'training'",
    ],
    ['min above max', rules.distinctCount('origin', { min: 3, max: 2 }), 'min', 'at most max, 2'],
    ['a look-ahead', rules.matches('origin', '(?=a)a'), 'pattern', 'an expression without look-ahead and look-behind'],
    ['a reference', rules.matches('origin', '(a)\\1'), 'pattern', 'an expression without references to groups'],
    [
      'quarantine for a rule about repetition',
      rules.unique('id', { severity: 'quarantine' }),
      'severity',
      'stop or warn: the rule does not say which rows are wrong',
    ],
    ['event times by the data clock', rules.notInFuture('day'), 'column', 'a column that says when a row was recorded'],
    [
      'the age of labels',
      rules.fresh({ within: '1 day', column: 'label_available_at' }),
      'column',
      'no column, for the newest event, or one that says when a row was recorded',
    ],
    ['a tolerance above 1', rules.notNull('origin', { mostly: 1.1 }), 'mostly', 'a share from 0 to 1'],
    ['an empty list of values', rules.oneOf('origin', []), 'values', 'at least one value'],
    [
      'no length of time',
      rules.fresh({ within: 'soon' }),
      'within',
      'a duration such as "1 day", "28 days" or "72 hours"',
    ],
  ])('such as %s', (_, rule, field, expected) => {
    expect(problemsOf(rule)).toMatchObject([{ field: `validation.0.${field}`, expected }]);
  });

  it('such as a range without an end, and two of one name', () => {
    expect(problemsOf(rules.rowCount({}))).toEqual([
      { field: 'validation.0', found: 'neither min nor max', expected: 'min, max or both' },
    ]);
    const twice = [rules.inRange('weight', { min: 0 }), rules.inRange('weight', { max: 9, severity: 'warn' })];
    expect(problemsOf(...twice)).toMatchObject([
      { field: 'validation.1.name', expected: 'a name of its own: name: "…"' },
    ]);
    expect(problemsOf(twice[0], { ...twice[1], name: 'usual weights' })).toEqual([]);
  });

  it('such as something that is no rule', () => {
    expect(problemsOf('notNull(origin)')).toMatchObject([{ field: 'validation.0' }]);
  });
});
