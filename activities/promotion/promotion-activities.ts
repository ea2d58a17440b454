import { describeProblem } from '../../domain/failure-types.js';
import type { PromotionOutcome } from '../../domain/ledger/promotion-events.js';
import type { JudgedDecision } from '../../domain/promotion/judge-decision.js';
import type { GateOutcome, PlannedTransition } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { describeApprovals, type ApprovalStanding } from '../../domain/promotion/asked-people.js';
import { appendFact } from '../append-fact.js';
import { loadCurrentPolicy } from './approval-policy.js';
import { trainerOf } from './decision-situation.js';
import { openPromotion, type PromotionPlan, type PromotionServices, type PromotionStart } from './begin-promotion.js';
import { applyPromotion, type ChampionChange } from './change-champion.js';
import { findMovedGround, type ApprovedEvidence, type ConfirmServices } from './confirm-evidence.js';
import { findPlanMoves, groundOf, planTransition } from './plan-transition.js';
import { whileHeartbeating } from '../heartbeat.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Notifier } from '../ports/notifier.js';

export type { PromotionPlan };

export type PromotionActivityServices = PromotionServices & ConfirmServices & { readonly notifier: Notifier };

export interface PromotionStep {
  readonly promotion: PromotionPlan;
  readonly stamp: Stamp;
}

/** Until when people are asked, and who; runs from before there was a quorum were told the deadline alone. */
export interface ApprovalRequest {
  readonly deadlineAt: string;
  readonly standing?: ApprovalStanding;
}

/** The steps of `promote`: open, keep the evidence, ask, keep decisions, change the champion, close. */
export function createPromotionActivities(services: PromotionActivityServices) {
  const { store } = services;
  return {
    beginPromotion: (start: {
      readonly input: unknown;
      readonly run: RunContext;
      readonly stamp: Stamp;
    }): Promise<PromotionStart> => openPromotion(services, start),

    /** The transition that a dry run measured, written down for somebody to apply. */
    planTransition: (args: ApprovedEvidence): Promise<PlannedTransition> => planTransition(services, args),

    /** What moved since the plan that is applied was made, one sentence each. */
    async findPlanMoves({ promotion, gates }: ApprovedEvidence): Promise<readonly string[]> {
      const now = { ...groundOf(promotion), reportDigest: gates.reportDigest };
      const moves = await findPlanMoves(store, promotion.appliedPlan ?? '', now);
      return moves.map((move) => `PLAN_STALE: ${describeProblem(move)}`);
    },

    /** `stale` when the champion changed while the gates were measured: measure again. */
    async recordGates({
      promotion,
      gates,
      stamp,
    }: PromotionStep & { readonly gates: GateOutcome }): Promise<'recorded' | 'stale'> {
      const { state } = await readLedger(store, promotion.pipeline);
      if (state.decisionEpoch !== promotion.evidence.decisionEpoch) return 'stale';
      const { approval } = await services.definitions.loadPinned(promotion.definitionDigest);
      await append(`gates/${stamp.workflow.runId}/${stamp.at}`, promotion, stamp, {
        type: 'gates-evaluated',
        promotionId: idOf(promotion),
        reportDigest: gates.reportDigest,
        challengerDigest: promotion.challenger.modelDigest,
        championDigest: promotion.champion?.modelDigest ?? null,
        decisionEpoch: promotion.evidence.decisionEpoch,
        verdict: gates.verdict,
        checks: gates.checks.map(({ name, mode = 'enforce', verdict, why }) => ({ name, mode, verdict, why })),
        ...(gates.pages === undefined ? {} : { pages: gates.pages }),
        windows: gates.folds.map(({ window }) => window),
        definitionDigest: promotion.definitionDigest,
        validUntil: new Date(Date.parse(stamp.at) + approval.reportMaxAgeMs).toISOString(),
      });
      return 'recorded';
    },

    /** Asks until the deadline of the policy, or until the report is too old to be approved; says who is asked. */
    async requestApproval({
      promotion,
      reportDigest,
      stamp,
    }: PromotionStep & { readonly reportDigest: string }): Promise<ApprovalRequest> {
      const pinned = await services.definitions.loadPinned(promotion.definitionDigest);
      const policy = (await loadCurrentPolicy(services.definitions, promotion.pipeline)) ?? pinned.approval;
      const ledger = await readLedger(store, promotion.pipeline);
      const open = ledger.state.openPromotion;
      const tooOldMs = Date.parse(open?.report?.validUntil ?? stamp.at);
      const deadlineMs = Math.min(Date.parse(stamp.at) + pinned.approval.deadlineMs, tooOldMs);
      const deadlineAt = new Date(deadlineMs).toISOString();
      const promotionId = idOf(promotion);
      const { quorum } = policy;
      const event = { type: 'approval-requested', promotionId, reportDigest, deadlineAt, quorum } as const;
      await append(`request/${reportDigest}/${stamp.workflow.runId}/${stamp.at}`, promotion, stamp, event);
      if (open === null) return { deadlineAt };
      const trainer = trainerOf(ledger, open.challenger);
      return { deadlineAt, standing: describeApprovals(open, reportDigest, { policy, trainer }) };
    },

    /** Tells the configured webhook, once for each report. Without one there is nothing to do. */
    async notifyApproval({
      promotion,
      gates,
      deadlineAt,
      stamp,
    }: PromotionStep & {
      readonly gates: Pick<GateOutcome, 'reportDigest' | 'sentence' | 'reportUrl'>;
      readonly deadlineAt: string;
    }): Promise<void> {
      const { notify } = await services.definitions.loadPinned(promotion.definitionDigest);
      const { state } = await readLedger(store, promotion.pipeline);
      const told = state.openPromotion?.notifiedDigests.includes(gates.reportDigest) ?? false;
      if (notify.webhookUrl === null || told) return;
      await services.notifier.notify(notify.webhookUrl, {
        event: 'approval-waiting',
        pipeline: promotion.pipeline,
        version: promotion.challenger.version,
        reportDigest: gates.reportDigest,
        sentence: gates.sentence,
        reportUrl: gates.reportUrl,
        deadlineAt,
        workflowId: stamp.workflow.workflowId,
      });
      const event = {
        type: 'approval-notified',
        promotionId: idOf(promotion),
        reportDigest: gates.reportDigest,
      } as const;
      await append(`notified/${gates.reportDigest}`, promotion, stamp, event);
    },

    /** Keeps a decision that its run judged itself, as runs did before keys and quorum; today's ask `judgeDecision`. */
    async recordDecision({
      promotion,
      judged,
      reportDigest,
      stamp,
    }: PromotionStep & { readonly judged: JudgedDecision; readonly reportDigest: string }): Promise<void> {
      if (promotion.promotionId === null) return;
      const what = `decision/${stamp.workflow.runId}/${stamp.at}/${judged.decision}/${judged.by}`;
      const reason = judged.reason === '' ? `${judged.decision}, no reason given` : judged.reason;
      await append(what, { ...promotion, reason }, stamp, {
        type: 'decision-received',
        promotionId: idOf(promotion),
        decision: judged.decision,
        by: judged.by,
        reportDigest: judged.accepted && judged.decision !== 'abort' ? reportDigest : judged.reportDigest,
        accepted: judged.accepted,
        note: judged.note,
      });
    },

    /** What an approval saw and does not hold any more; empty when all of it does. */
    confirmEvidence: (args: ApprovedEvidence): Promise<readonly string[]> =>
      whileHeartbeating((signal) => findMovedGround(services, args, signal)),

    changeChampion: (
      step: PromotionStep & { readonly gates: Pick<GateOutcome, 'reportDigest'>; readonly reason: string },
    ): Promise<ChampionChange> => applyPromotion(store, step),

    async closePromotion(
      step: PromotionStep & {
        readonly outcome: PromotionOutcome;
        readonly reportDigest: string | null;
        readonly grounds: readonly string[];
      },
    ): Promise<void> {
      const { promotion, outcome, reportDigest, grounds, stamp } = step;
      const challengerDigest = promotion.challenger.modelDigest;
      await append('closed', promotion, stamp, {
        type: 'promotion-closed',
        promotionId: idOf(promotion),
        outcome,
        challengerDigest,
        reportDigest,
        grounds,
      });
    },
  };

  async function append(
    what: string,
    promotion: PromotionPlan,
    stamp: Stamp,
    event: Parameters<typeof appendFact>[1]['event'],
  ): Promise<void> {
    const recordId = `promotion/${idOf(promotion)}/${what}`;
    await appendFact(store, { pipeline: promotion.pipeline, recordId, reason: promotion.reason, event, stamp });
  }
}

export type PromotionActivities = ReturnType<typeof createPromotionActivities>;

function idOf(promotion: PromotionPlan): string {
  if (promotion.promotionId === null) throw new TypeError('unreachable: a dry run records nothing');
  return promotion.promotionId;
}
