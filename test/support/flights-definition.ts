import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { defaultAnalysis } from '../../domain/rollout/default-analysis.js';
import { pipeline } from './ledger.js';

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** A pipeline of daily windows from 1 February 2001 on, with labels known a day later. Sections can be replaced. */
export function flightsDefinition(overrides: Partial<PipelineDefinition> = {}): PipelineDefinition {
  return {
    name: pipeline,
    registeredName: pipeline,
    dataset: {
      sources: {},
      sql: 'SELECT 1',
      coverage: 'SELECT 1',
      key: 'row_key',
      entity: 'route',
      eventTime: 'departure_day',
      sensitive: [],
      features: [{ name: 'distance', kind: 'numeric' }],
    },
    window: { everyMs: dayMs, start: '2001-02-01T00:00:00.000Z' },
    label: {
      column: 'late',
      kind: 'binary',
      delayMs: dayMs,
      availableAt: 'known_at',
      minCoverage: 0.9,
      ingestionDelayMs: 0,
      weight: null,
    },
    decision: { positiveRate: 0.2, topShare: 0.1, value: null },
    baseline: { expression: 'distance', threshold: 0.5 },
    training: {
      command: ['train'],
      windowMs: 28 * dayMs,
      validationMs: 4 * dayMs,
      params: {},
      seed: 1,
      timeoutMs: hourMs,
    },
    backtest: {
      folds: 3,
      foldMs: 2 * dayMs,
      stepMs: 2 * dayMs,
      gapMs: dayMs,
      scheme: 'rolling',
      blocks: 'day',
      replicates: 200,
      confidence: 0.95,
      seed: 1,
    },
    gates: [{ mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.002 }],
    approval: {
      deadlineMs: 72 * hourMs,
      reportMaxAgeMs: 7 * dayMs,
      newerChallenger: 'refuse',
      quorum: 1,
      approvers: [],
      unsigned: 'accept',
    },
    rollout: [],
    watch: { cycles: 2, pollMs: hourMs, deadlineMs: 30 * dayMs },
    analysis: defaultAnalysis('binary'),
    validation: [],
    audit: {
      minRowShare: 0.5,
      maxRowShare: 2,
      maxQuarantineShare: 0.01,
      maxMeanShift: 0.5,
      maxScorePsi: null,
      churn: { max: 0.5, maxSlice: 0.5, minSliceRows: 200 },
    },
    monitor: { psiLimit: 0.2, metric: 'auc', decayMargin: 0.02 },
    retrain: { cooldownMs: dayMs, maxAgeMs: 30 * dayMs, minNewLabelledRows: 1000, maxPerWeek: 2 },
    schedules: { score: null, monitor: null, retrain: null, catchUpMs: dayMs, paused: true },
    retention: {
      stagedAfterMs: dayMs,
      graceMs: 7 * dayMs,
      rollbackHorizonMs: 90 * dayMs,
      publicationsAfterMs: null,
      snapshotsAfterMs: 30 * dayMs,
      modelsAfterMs: null,
    },
    notify: { webhookUrl: null },
    registry: { onAliasMoved: 'alarm' },
    ...overrides,
  };
}
