import type { AnsweredDecision } from '../../activities/promotion/decision-activities.js';
import type { MonitorPlan } from '../../activities/monitoring/monitoring-activities.js';
import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { ScorePlan, ScoringSnapshot } from '../../activities/scoring/scoring-activities.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import type { RolloutPlan } from '../../domain/rollout/rollout-plan.js';
import type { RetrainPlan, TrainedVersion, TrainingPlan } from '../../activities/training/training-activities.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import type { PromotionState } from '../../domain/ledger/state.js';
import { describeApprovals } from '../../domain/promotion/asked-people.js';
import { judgeDecision } from '../../domain/promotion/judge-decision.js';
import type { createActivities } from '../../workers/start-workers.js';
import type { PlannedTransition, RollbackResult, ScoreResult } from '../../workflows/api.js';
import { day, digest, model, pipeline } from './ledger.js';
import type { AssembledReport, EvidencePlan, PlannedFold } from '../../activities/evidence/evidence-plan.js';
import type { ReplacedPredictions, RollbackPlan } from '../../activities/rollback/rollback-plan.js';

/** The real collection of activities. A fake that drifts from it does not compile. */
export type Activities = ReturnType<typeof createActivities>;
type ActivityName = keyof Activities;
type ArgumentOf<N extends ActivityName> = Parameters<Activities[N]>[0];

export const anna = { name: 'Anna', kind: 'person' } as const;
export const reportDigest = digest('report');
export const threeDaysMs = 72 * 3_600_000;

/** What a run did: every activity call in order, and the fakes that answered. */
export class Fakes {
  readonly activities: Activities;
  readonly calls: { readonly name: ActivityName; readonly argument: unknown }[] = [];

  constructor(overrides: Partial<Activities> = {}) {
    this.activities = { ...goodDay, ...overrides };
  }

  names(): readonly ActivityName[] {
    return this.calls.map((call) => call.name);
  }

  count(name: ActivityName): number {
    return this.names().filter((called) => called === name).length;
  }

  argumentsOf<N extends ActivityName>(name: N): readonly ArgumentOf<N>[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.argument as ArgumentOf<N>);
  }
}

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

const passingLook = lookOf('pass');

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

const replaced: ReplacedPredictions = {
  summary: 'Version 1 is champion again; 33,000 predictions were replaced.',
  windows: ['2001-03-05', '2001-03-06'],
  rowsReplaced: 33_000,
  decisionsChanged: 1_200,
  fromShadow: 1,
  rescored: 1,
  correctionFile: 'corrections/flights/x.parquet',
  tableVersion: 4,
};

const preview: RollbackResult = {
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

/** A date the given time after an instant. */
export function after(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString();
}

/**
 * A decision judged by the real rules, over a promotion that a schedule opened and a policy that one claimed approval
 * meets; `facts` say what is different.
 */
export function answered(
  { message, awaitedDigest, deadlineAt, stamp }: ArgumentOf<'judgeDecision'>,
  { course = openCourse, quorum = 1 }: { readonly course?: PromotionState; readonly quorum?: number } = {},
): AnsweredDecision {
  const policy = { quorum, approvers: [], unsigned: 'accept' } as const;
  const judged = judgeDecision(message, {
    promotion: course,
    awaitedDigest,
    earlierReports: [],
    nowMs: Date.parse(stamp.at),
    deadlineMs: deadlineAt === null ? null : Date.parse(deadlineAt),
    policy,
    trainer: null,
    signature: 'none',
    key: null,
    nonceRecord: null,
  });
  const standing = describeApprovals(course, awaitedDigest, { policy, trainer: null });
  const isCounted = judged.accepted && judged.decision === 'approve';
  const approvedBy = isCounted ? [...standing.approvedBy, judged.by] : standing.approvedBy;
  const isSettled = judged.accepted && (judged.decision !== 'approve' || approvedBy.length >= quorum);
  return { ...judged, isSettled, standing: { ...standing, approvedBy } };
}

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

/** Everything works; inputs are parsed as the real first steps do. */
const goodDay: Activities = {
  beginScore: async ({ input }) => (parseWorkflowInput('score', input), Promise.resolve(scorePlan)),
  buildScoringSnapshot: () => Promise.resolve(snapshot),
  scoreShard: ({ snapshot: { rows } }) => Promise.resolve({ status: 'scored', rows, partsTakenOver: 0 }),
  holdInvalidWindow: () => Promise.resolve({ ...scoreResult, status: 'held', grounds: ['distance is missing'] }),
  keepUnscoredWindow: ({ grounds }) => Promise.resolve({ ...scoreResult, status: 'held', cohort: 'fallback', grounds }),
  publishScores: () => Promise.resolve(scoreResult),

  beginRetrain: async ({ input }) => (parseWorkflowInput('retrain', input), Promise.resolve(retrainPlan)),
  buildTrainingSnapshot: () => Promise.resolve(snapshot),
  trainModel: () => Promise.resolve(trained),
  registerModel: () => Promise.resolve({ model: model('c'), isNew: true }),

  beginBacktest: async ({ input }) => (parseWorkflowInput('backtest', input), Promise.resolve(evidencePlan)),
  evaluateFold: ({ fold }) =>
    Promise.resolve({
      index: fold.index,
      window: fold.window,
      rows: 1000,
      snapshotDigest: snapshot.digest,
      sources: [],
      path: `folds/${String(fold.index)}.parquet`,
      baselinePath: null,
    }),
  measureProbe: ({ probe }) => Promise.resolve({ probe, path: `evaluations/flights/${probe}.json` }),
  assembleGateReport: () => Promise.resolve(passingReport),
  logGateReport: () => Promise.resolve('http://registry.test/report.html'),

  beginPromotion: async ({ input }) => (parseWorkflowInput('promote', input), Promise.resolve(promotionPlan)),
  recordGates: () => Promise.resolve('recorded'),
  planTransition: () => Promise.resolve(plannedTransition),
  findPlanMoves: () => Promise.resolve([]),
  requestApproval: ({ stamp }) => Promise.resolve({ deadlineAt: after(stamp.at, threeDaysMs) }),
  notifyApproval: () => Promise.resolve(),
  recordDecision: () => Promise.resolve(),
  judgeDecision: (asked) => Promise.resolve(answered(asked)),
  confirmEvidence: () => Promise.resolve([]),
  changeChampion: () => Promise.resolve({ status: 'changed' }),
  closePromotion: () => Promise.resolve(),
  projectChampion: () => Promise.resolve({ status: 'projected', summary: 'champion moved to version 2' }),

  readStanding: () => Promise.resolve({ standing: { status: 'step', step: 0, sharePercent: 0 }, stopped: null }),
  beginStep: () => Promise.resolve({ status: 'begun' }),
  lookAtRollout: () => Promise.resolve(passingLook),
  askGoAhead: ({ stamp }) => Promise.resolve({ deadlineAt: after(stamp.at, threeDaysMs), goAheadBy: null }),
  endRollout: () => Promise.resolve('ended'),
  takeBackShare: () =>
    Promise.resolve({
      windows: 2,
      rowsReplaced: 1_650,
      decisionsChanged: 40,
      correctionFile: 'corrections/flights/y.parquet',
    }),

  beginRollback: async ({ input }) => (parseWorkflowInput('rollback', input), Promise.resolve(rollbackPlan)),
  restoreChampion: () => Promise.resolve(),
  replacePublished: () => Promise.resolve(replaced),
  rehearseRollback: () =>
    Promise.resolve({
      ...preview,
      status: 'drilled',
      drill: { verdict: 'pass', recoveryMs: 1200, correctionsMs: 300, grounds: [] },
    }),

  beginMonitor: async ({ input }) => (parseWorkflowInput('monitor', input), Promise.resolve(monitorPlan)),
  monitorWindow: ({ window }) =>
    Promise.resolve({ window, verdict: 'pass', summary: 'nothing has moved', reportDigest: digest(window.start) }),
};
