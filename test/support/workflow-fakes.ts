import type { AnsweredDecision } from '../../activities/promotion/decision-activities.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import type { PromotionState } from '../../domain/ledger/state.js';
import { describeApprovals } from '../../domain/promotion/asked-people.js';
import { judgeDecision } from '../../domain/promotion/judge-decision.js';
import type { createActivities } from '../../workers/start-workers.js';
import { digest, model } from './ledger.js';
import {
  evidencePlan,
  promotionPlan,
  passingLook,
  plannedTransition,
  passingReport,
  scorePlan,
  snapshot,
  scoreResult,
  retrainPlan,
  trained,
  replaced,
  preview,
  rollbackPlan,
  monitorPlan,
  openCourse,
} from './workflow-plans.js';

export * from './workflow-plans.js';

/** The real collection of activities. A fake that drifts from it does not compile. */
export type Activities = ReturnType<typeof createActivities>;
type ActivityName = keyof Activities;
type ArgumentOf<N extends ActivityName> = Parameters<Activities[N]>[0];

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

/** A date the given time after an instant. */
export function after(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString();
}

interface Judging {
  readonly course?: PromotionState;
  readonly quorum?: number;
  /** When the server had the signal; null where nobody can tell. */
  readonly receivedAt?: string | null;
}

/**
 * A decision judged by the real rules, over a promotion that a schedule opened and a policy that one claimed approval
 * meets; `facts` say what is different.
 */
export function answered(
  { message, awaitedDigest, deadlineAt, stamp }: ArgumentOf<'judgeDecision'>,
  { course = openCourse, quorum = 1, receivedAt = null }: Judging = {},
): AnsweredDecision {
  const policy = { quorum, approvers: [], unsigned: 'accept' } as const;
  const judged = judgeDecision(message, {
    promotion: course,
    awaitedDigest,
    earlierReports: [],
    receivedMs: Date.parse(receivedAt ?? stamp.at),
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
