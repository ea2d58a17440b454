import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { approverOf, keyHolder } from '../support/approvers.js';
import { minimal, problemsOf } from '../support/parcels-definition.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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
      watch: { cycles: 7, pollMs: HOUR, deadlineMs: 30 * DAY },
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
      monitor: { psiLimit: 0.25, metric: 'auc', decayMargin: 0.03 },
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
