import { describe, expect, it } from 'vitest';
import { entryExamples, fieldExamples } from '../../contracts/definition-examples.js';
import * as helpers from '../../contracts/define-pipeline.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { approverOf, keyHolder } from '../support/approvers.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';

const { fair, loads, notWorse, share, worstSlice } = helpers;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function minimal() {
  return {
    name: 'parcels',
    dataset: {
      sources: { parcels: 'parcels.csv', depots: { path: 'depots.parquet' } } as Record<string, unknown>,
      sql: 'features.sql',
      key: 'id',
      entity: 'depot',
      eventTime: 'day',
      features: { weight: 'numeric', depot: 'categorical' } as Record<string, string>,
    },
    window: { every: '1 day', start: '2024-01-01' },
    label: { column: 'lost', delay: '2 days' },
    decision: { positiveRate: 0.1 },
    baseline: { expression: 'weight / 100' },
    training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
    gates: [notWorse('auc', { margin: 0.01 })] as unknown[],
  };
}

function problemsOf(value: unknown): readonly Problem[] {
  try {
    parsePipeline(value, 'pipelines/parcels/pipeline.ts');
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'INVALID_DEFINITION') return error.problems;
    throw error;
  }
  return [];
}

const fieldsOf = (value: unknown): readonly string[] =>
  problemsOf(value)
    .map(({ field }) => field)
    .sort();

function exampleOf(value: unknown): string | undefined {
  try {
    parsePipeline(value, 'here');
  } catch (error) {
    if (error instanceof PermanentFailure) return error.example;
  }
  return undefined;
}

/** What a definition file would export that says this. */
function written(text: string): unknown {
  const key = keyHolder('Ada Park').publicKey;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- examples are text, and this is how they are used.
  const read = new Function(...Object.keys(helpers), `return ${text.replace('…', key)}`) as (
    ...given: unknown[]
  ) => unknown;
  return read(...Object.values(helpers));
}

describe('a minimal definition', () => {
  it('gets every default filled in', () => {
    expect(parsePipeline(minimal(), 'here')).toEqual({
      name: 'parcels',
      registeredName: 'parcels',
      dataset: {
        sources: {
          parcels: { path: 'parcels.csv', format: 'csv' },
          depots: { path: 'depots.parquet', format: 'parquet' },
        },
        sql: 'features.sql',
        coverage:
          'SELECT min(first) AS first, max(last) AS last FROM (' +
          'SELECT min("day") AS first, max("day") AS last FROM parcels UNION ALL ' +
          'SELECT min("day") AS first, max("day") AS last FROM depots)',
        key: 'id',
        entity: 'depot',
        eventTime: 'day',
        features: [
          { name: 'weight', kind: 'numeric' },
          { name: 'depot', kind: 'categorical' },
        ],
        sensitive: [],
      },
      window: { everyMs: DAY, start: '2024-01-01T00:00:00.000Z' },
      label: {
        column: 'lost',
        kind: 'binary',
        delayMs: 2 * DAY,
        availableAt: 'label_available_at',
        minCoverage: 0.9,
        ingestionDelayMs: 0,
        weight: null,
      },
      decision: { positiveRate: 0.1, topShare: 0.1, value: null },
      baseline: { expression: 'weight / 100', threshold: 0.5 },
      training: {
        command: ['node', 'train.js'],
        windowMs: 14 * DAY,
        validationMs: 2 * DAY,
        params: {},
        seed: 1,
        timeoutMs: 1_800_000,
      },
      backtest: {
        folds: 3,
        foldMs: 7 * DAY,
        stepMs: 7 * DAY,
        gapMs: 2 * DAY,
        scheme: 'rolling',
        blocks: 'day',
        replicates: 2000,
        confidence: 0.95,
        seed: 1,
      },
      gates: [{ mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.01 }],
      approval: {
        deadlineMs: 3 * DAY,
        reportMaxAgeMs: 7 * DAY,
        newerChallenger: 'refuse',
        quorum: 1,
        approvers: [],
        unsigned: 'accept',
      },
      rollout: [],
      watch: { cycles: 7, pollMs: HOUR },
      analysis: {
        alpha: 0.05,
        loss: 'brier',
        margin: 0,
        minCycles: 1,
        maxChurn: 0.5,
        maxScorePsi: 0.25,
        maxValueLoss: null,
        sampleRatioAlpha: 0.001,
        failureLimit: 0,
        inconclusiveLimit: 0,
      },
      validation: [],
      audit: {
        minRowShare: 0.5,
        maxRowShare: 2,
        maxQuarantineShare: 0.01,
        maxMeanShift: 1,
        maxScorePsi: null,
        churn: { max: 0.5, maxSlice: 0.5, minSliceRows: 200 },
      },
      monitor: { psiLimit: 0.25, decayMargin: 0.03 },
      retrain: { cooldownMs: 6 * DAY, maxAgeMs: 28 * DAY, minNewLabelledRows: 1000, maxPerWeek: 2 },
      schedules: { score: null, monitor: null, retrain: null, catchUpMs: 7 * DAY, paused: true },
      retention: {
        stagedAfterMs: DAY,
        graceMs: 7 * DAY,
        rollbackHorizonMs: 90 * DAY,
        publicationsAfterMs: null,
        snapshotsAfterMs: 30 * DAY,
        modelsAfterMs: null,
      },
      notify: { webhookUrl: null },
      registry: { onAliasMoved: 'alarm' },
    });
  });
});

describe('retention', () => {
  const fieldsOf = (retention: object): readonly string[] =>
    problemsOf({ ...minimal(), retention }).map(({ field }) => field);

  it('may not cut into the rollback horizon', () => {
    const horizon = { rollbackHorizon: '90 days' };
    expect(fieldsOf({ ...horizon, publicationsAfter: '90 days', modelsAfter: '90 days' })).toEqual([]);
    expect(fieldsOf({ ...horizon, publicationsAfter: '89 days', modelsAfter: '89 days' })).toEqual([
      'retention.publicationsAfter',
      'retention.modelsAfter',
    ]);
  });

  it('may not take from runs what they still want', () => {
    expect(
      fieldsOf({ stagedAfter: '1 hour', grace: '2 days', rollbackHorizon: '2 days', snapshotsAfter: null }),
    ).toEqual([]);
    expect(fieldsOf({ stagedAfter: '59 minutes', grace: '47 hours' })).toEqual([
      'retention.stagedAfter',
      'retention.grace',
    ]);
    expect(fieldsOf({ rollbackHorizon: '6 days', snapshotsAfter: '6 days' })).toEqual([
      'retention.rollbackHorizon',
      'retention.snapshotsAfter',
    ]);
  });
});

describe('an approval policy', () => {
  const [ada, bo] = ['Ada', 'Bo'].map((name) => approverOf(keyHolder(name))) as [Line, Line];
  type Line = ReturnType<typeof approverOf>;
  const problemsWith = (approval: object) =>
    problemsOf({ ...minimal(), approval }).map(({ field, found }) => [field, found]);

  it('with approvers counts signed decisions only, unless it says otherwise', () => {
    const policy = (approval: object) => parsePipeline({ ...minimal(), approval }, 'here').approval;
    expect(policy({})).toMatchObject({ quorum: 1, approvers: [], unsigned: 'accept' });
    expect(policy({ quorum: 2, approvers: [ada, bo] })).toMatchObject({ quorum: 2, unsigned: 'refuse' });
    expect(policy({ approvers: [ada], unsigned: 'accept' })).toMatchObject({ quorum: 1, unsigned: 'accept' });
  });

  it.each<[object, readonly (readonly string[])[]]>([
    [{ quorum: 0 }, [['approval.quorum', '0']]],
    [{ quorum: 2 }, [['approval.quorum', '2']]],
    [{ quorum: 3, approvers: [ada, bo] }, [['approval.quorum', '3']]],
    [{ approvers: [ada, { ...bo, name: ' ada ' }] }, [['approval.approvers.1.name', '"ada" a second time']]],
    [{ approvers: [ada, { ...ada, name: 'Bo' }] }, [['approval.approvers.1.publicKey', 'the key of Ada']]],
    [{ approvers: [{ ...ada, publicKey: 'c2hvcnQ=' }] }, [['approval.approvers.0.publicKey', '"c2hvcnQ="']]],
    [{ approvers: [{ ...ada, role: 'boss' }] }, [['approval.approvers.0.role', 'an unknown field']]],
    [{ unsigned: 'refuse' }, [['approval.unsigned', 'refuse, without approvers']]],
    [
      { quorum: 3, approvers: [ada, ada] },
      [
        ['approval.quorum', '3'],
        ['approval.approvers.1.name', '"Ada" a second time'],
        ['approval.approvers.1.publicKey', 'the key of Ada'],
      ],
    ],
  ])('that is not one, like case %#, is told every problem', (approval, problems) => {
    expect(problemsWith(approval)).toEqual(problems);
  });
});

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

  it('is told of what does not fit together beside what is wrong by itself', () => {
    const parts = {
      label: { column: 'lost', delay: 'soon' },
      gates: [
        { ...fair('depot', { measure: 'equal-opportunity', maxDifference: 0.1 }), measure: 'justice' },
        worstSlice('dopot', { minRows: 500, harm: 0.02 }),
        notWorse('auc', { margin: 5 }),
        notWorse('auc', { margin: 0.01 }),
      ],
      rollout: [share(0), share(25), share(10), share(101)],
      retention: { grace: '1 hour', rollbackHorizon: 'long' },
    };
    expect(fieldsOf({ ...minimal(), ...parts })).toEqual(
      [
        'gates.0.measure',
        'gates.1.column',
        'gates.2.margin',
        'gates.3',
        'label.delay',
        'rollout.0.sharePercent',
        'rollout.2',
        'rollout.3.sharePercent',
        'retention.rollbackHorizon',
      ].sort(),
    );
    const again = problemsOf({ ...minimal(), ...parts }).find(({ field }) => field === 'gates.3');
    expect(again?.found).toMatch(/as in gates\.2$/);
  });

  it('is told nothing about a list as a whole while one of its entries is unknown', () => {
    const parts = { gates: [notWorse('auc', { margin: 0 }), loads()], rollout: [share(0, { cycles: 20 })] };
    expect(fieldsOf({ ...minimal(), ...parts })).toEqual(['gates.0.margin', 'rollout.0.sharePercent']);
    expect(fieldsOf({ ...minimal(), gates: [loads()] })).toEqual(['gates']);
  });

  it('is told a valid example of each field that is wrong, and of a gate by its own check', () => {
    const example = exampleOf({
      ...minimal(),
      window: { every: 1, start: '2024-01-01' },
      gates: [notWorse('auc', { margin: 0.01 }), { check: 'fair' }],
    });
    expect(example?.split(/\n */)).toEqual([
      "window: { every: '1 day' }",
      "gates: [fair('origin', { measure: 'demographic-parity', maxDifference: 0.1 })]",
    ]);
  });

  it('would be accepted with any of the examples it is told', () => {
    const lines = Object.entries(fieldExamples).map(([section, example]) =>
      typeof example === 'string'
        ? `${section}: ${example}`
        : `${section}: { ${Object.entries(example)
            .map(([name, text]) => `${name}: ${text}`)
            .join(', ')} }`,
    );
    const entries = Object.entries(entryExamples).map(
      ([section, examples]) => `${section}: [${Object.values(examples).join(', ')}]`,
    );
    expect(problemsOf(written(`{ ${lines.join(', ')}, ${entries.join(', ')} }`))).toEqual([]);
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
