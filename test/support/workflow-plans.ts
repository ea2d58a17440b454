import type { MonitorPlan } from '../../activities/monitoring/monitoring-activities.js';
import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { ScorePlan, ScoringSnapshot } from '../../activities/scoring/scoring-activities.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import type { RolloutPlan } from '../../domain/rollout/rollout-plan.js';
import type { RetrainPlan, TrainedVersion, TrainingPlan } from '../../activities/training/training-activities.js';
import type { PromotionState } from '../../domain/ledger/state.js';
import type { PlannedTransition, RollbackResult, ScoreResult } from '../../workflows/api.js';
import { day, digest, model, pipeline } from './ledger.js';
import type { AssembledReport, EvidencePlan, PlannedFold } from '../../activities/evidence/evidence-plan.js';
import type { ReplacedPredictions, RollbackPlan } from '../../activities/rollback/rollback-plan.js';

export const anna = { name: 'Anna', kind: 'person' } as const;
export const reportDigest = digest('report');

export const evidencePlan: EvidencePlan = {
  pipeline,
  definitionDigest: digest('definition'),
  kind: 'promotion',
  asOf: '2001-04-10T00:00:00.000Z',
  decisionEpoch: 1,
  challenger: model('b'),
  champion: model('a'),
  folds: [0, 1, 2].map((index) => ({ index, window: day })),
  probes: ['loads'],
  reason: 'a test',
  at: '2001-04-10T00:00:00.000Z',
};

export const promotionPlan: PromotionPlan = {
  status: 'open',
  promotionId: 'flights/v2/1',
  pipeline,
  definitionDigest: evidencePlan.definitionDigest,
  challenger: model('b'),
  champion: model('a'),
  evidence: evidencePlan,
  dryRun: false,
  approved: null,
  stopped: null,
  appliedReport: null,
  actor: anna,
  reason: 'a test',
};

/** Two steps before the champion changes, and a watch. */
export const rolloutPlan: RolloutPlan = {
  steps: [
    { kind: 'shadow', cycles: 1 },
    { kind: 'share', sharePercent: 25, cycles: 2 },
  ],
  watch: { cycles: 3, pollMs: 3_600_000, deadlineMs: 30 * 86_400_000 },
  standing: { status: 'not-begun' },
  isOther: false,
};

/** A look at two cycles that are both known. */
export function lookOf(status: RolloutLook['status'], name = 'look', known = 2): RolloutLook {
  return {
    status,
    sentence: `It is ${status} after ${String(known)} windows.`,
    reportDigest: digest(name),
    cyclesPublished: 2,
    cyclesMatured: known,
    cyclesNeeded: 2,
  };
}

export const passingLook = lookOf('pass');

export const plannedTransition: PlannedTransition = {
  pipeline,
  kind: 'promotion',
  challenger: model('b'),
  champion: model('a'),
  decisionEpoch: 1,
  definitionDigest: evidencePlan.definitionDigest,
  asOf: evidencePlan.asOf,
  windows: [day],
  reportDigest,
  verdict: 'pass',
  checks: [{ name: 'not-worse auc', mode: 'enforce', verdict: 'pass' }],
  rollout: [
    { kind: 'shadow', cycles: 2 },
    { kind: 'share', sharePercent: 25, cycles: 1 },
  ],
  watchCycles: 3,
  rollbackTarget: model('a'),
  planDigest: digest('plan'),
  undo: { to: model('a'), rowsPerWindow: 16_500, secondsPerWindow: 2 },
  harm: { alpha: 0.05, leastWindows: 4, stepWindows: 3, watchWindows: 7 },
};

export const passingReport: AssembledReport = {
  reportDigest,
  verdict: 'pass',
  sentence: 'flights v2 passed all 1 checks.',
  checks: [{ name: 'not-worse auc', verdict: 'pass', value: '0.0100', limit: '0.002', why: 'it is better' }],
  metrics: [{ metric: 'AUC', champion: 0.67, challenger: 0.68, difference: '+0.0100' }],
  rows: 3000,
  folds: [0, 1, 2].map(() => ({ window: day, rows: 1000, snapshotDigest: digest('snapshot') })),
  reportPath: `reports/${reportDigest}/report.html`,
};

export const failingReport: AssembledReport = {
  ...passingReport,
  verdict: 'fail',
  sentence: 'flights v2 is refused.',
  checks: [
    { name: 'not-worse auc', verdict: 'fail', value: '-0.1', limit: '0.002', why: 'it loses 0.1 of AUC' },
    { name: 'loads', verdict: 'pass', value: '0', limit: '1e-6', why: 'it loads' },
  ],
};

export const scorePlan: ScorePlan = {
  pipeline,
  definitionDigest: digest('definition'),
  codeVersion: 'test',
  window: day,
  asOf: day.start,
  decisionEpoch: 1,
  ledger: { number: 7, hash: digest('head') },
  champion: model('a'),
  shadows: [],
  previousChampion: null,
  recentRows: [],
  live: null,
  actor: anna,
  reason: 'a test',
};

export const snapshot: ScoringSnapshot = {
  digest: digest('snapshot'),
  rows: 16_500,
  labelledRows: 16_000,
  window: day,
  asOf: day.start,
  purpose: 'scoring',
  parts: 1,
};

export const scoreResult: ScoreResult = {
  status: 'published',
  summary: '16,500 predictions for 2001-03-05 were published by version 1.',
  window: day,
  model: model('a'),
  cohort: 'champion',
  rows: 16_500,
  positives: 3_300,
  shadowVersions: [],
  runIdentity: digest('run'),
  tableVersion: 0,
  grounds: [],
  audit: { comparedWith: null, models: [{ version: '1', engines: ['trees'], psi: 0.0123 }], churn: [] },
};

export const retrainPlan: RetrainPlan = {
  decision: 'retrain',
  grounds: ['somebody asked for it'],
  runId: 'run-of-retrain',
  pipeline,
  definitionDigest: digest('definition'),
  asOf: '2001-04-10T00:00:00.000Z',
  windows: { training: day, validation: { start: day.end, end: '2001-03-07T00:00:00.000Z' } },
  params: {},
  promote: true,
  actor: anna,
  reason: 'a test',
};

export const trained: TrainedVersion = {
  withoutKernel: null,
  modelDigest: model('c').modelDigest,
  snapshotDigest: snapshot.digest,
  trainingRows: 14_000,
  validationRows: 2_000,
  metrics: { auc: 0.68 },
};

export const replaced: ReplacedPredictions = {
  summary: 'Version 1 is champion again; 33,000 predictions were replaced.',
  windows: ['2001-03-05', '2001-03-06'],
  rowsReplaced: 33_000,
  decisionsChanged: 1_200,
  fromShadow: 1,
  rescored: 1,
  correctionFile: 'corrections/flights/x.parquet',
  tableVersion: 4,
};

export const preview: RollbackResult = {
  ...replaced,
  status: 'dry-run',
  rollbackId: null,
  from: model('b'),
  to: model('a'),
  alias: 'unchanged',
};

export const rollbackPlan: RollbackPlan = {
  pipeline,
  definitionDigest: digest('definition'),
  rollbackId: 'flights/rollback/1',
  from: model('b'),
  to: model('a'),
  dryRun: false,
  preview,
  actor: anna,
  reason: 'a test',
};

export const monitorPlan: MonitorPlan = {
  pipeline,
  definitionDigest: digest('definition'),
  asOf: '2001-04-10T00:00:00.000Z',
  windows: [day, { start: day.end, end: '2001-03-07T00:00:00.000Z' }],
  nothingDue: 'Nothing is due.',
  actor: anna,
  reason: 'a test',
};

/** The trainings of a fold that has some. */
export function refitOf({ refit }: PlannedFold): NonNullable<PlannedFold['refit']> {
  if (refit === undefined) throw new Error('this fold trains nothing');
  return refit;
}

/** A backtest that trains both sides for each of its folds. */
export const refitPlan: EvidencePlan = {
  ...evidencePlan,
  probes: [],
  refit: true,
  folds: evidencePlan.folds.map((fold) => {
    const training = (side: string): TrainingPlan => ({
      runId: `refit-${String(fold.index + 1)}-${side}`,
      pipeline,
      definitionDigest: evidencePlan.definitionDigest,
      asOf: evidencePlan.asOf,
      windows: retrainPlan.windows,
      params: {},
    });
    return { ...fold, refit: { challenger: training('challenger'), champion: training('champion') } };
  }),
};

export const openCourse: PromotionState = {
  status: 'open',
  promotionId: 'flights/v2/1',
  kind: 'promotion',
  challenger: model('b'),
  openedAt: '2001-04-10T00:00:00.000Z',
  openedBy: { name: 'retrain', kind: 'schedule' },
  openedNumber: 7,
  report: null,
  request: null,
  notifiedDigests: [],
  decisions: [],
  looks: [],
  change: null,
};
