import { askedProbes } from '../../domain/gates/asked-probes.js';
import type { PromotionOutcome } from '../../domain/ledger/promotion-events.js';
import { approvalsOf, decisionInForce } from '../../domain/ledger/questions.js';
import type { Actor } from '../../domain/ledger/record.js';
import { isSameModel, type LedgerState, type OpenPromotion } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import type { PromoteInput, PromoteResult } from '../../workflows/api.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { appendFact } from '../append-fact.js';
import { foldsBehind } from '../evidence/choose-sides.js';
import { countReuse } from '../evidence/count-reuse.js';
import { clockFor } from '../evidence/data-clock.js';
import { appendRecord } from '../ledger/append-record.js';
import { promotionOwner } from '../../domain/ledger/promotion-owner.js';
import { splitsOf } from '../../domain/ledger/questions.js';
import { findMoves } from '../../domain/promotion/transition-plan.js';
import type { RolloutPlan } from '../../domain/rollout/rollout-plan.js';
import { recordedStop, standingOf } from '../../domain/rollout/standing.js';
import { arriveMeanwhile, endedMeanwhile, type QueuedPromotion } from './arrive-meanwhile.js';
import { readLedger, type Ledger } from '../ledger/read-ledger.js';
import type { LoadedDefinition, Definitions } from '../ports/definitions.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import type { WorkflowDirectory } from '../ports/workflow-directory.js';
import { assertIsFirst, checkPath, chooseChallenger } from './choose-challenger.js';
import { findPlanMoves, groundOf, loadPlan, planStale } from './plan-transition.js';
import type { EvidencePlan } from '../evidence/evidence-plan.js';

/** A promotion that this run owns, and what it will measure. */
export interface PromotionPlan {
  readonly status: 'open';
  /** Null for a dry run, which opens nothing. */
  readonly promotionId: string | null;
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly challenger: ModelRef;
  readonly champion: ModelRef | null;
  readonly evidence: EvidencePlan;
  readonly dryRun: boolean;
  /** The transition is to be written down; left out where nobody asked. */
  readonly planOnly?: true;
  /** The start named its data clock, so one that comes to the same evidence has to. */
  readonly isAsOfAsked?: true;
  /** Digest of the plan that is applied; left out where none is. */
  readonly appliedPlan?: string;
  /** An approval that the ledger has already: a run before this one was cut off after it. */
  readonly approved: {
    readonly reportDigest: string;
    /** The last of them, whose approval it stands on. */
    readonly by: string;
    readonly reason: string;
    /** Everybody who approved, in order; left out by runs from before a quorum was told. */
    readonly approvers?: readonly string[];
  } | null;
  /** A rejection or abort that the ledger has already: only the closing is left to do. */
  readonly stopped: { readonly decision: 'reject' | 'abort'; readonly by: string; readonly reason: string } | null;
  /** Report that the champion was changed on already, when only the rest is left to do. */
  readonly appliedReport: string | null;
  /** What comes after the approval; left out by runs from before there was anything. */
  readonly rollout?: RolloutPlan;
  readonly actor: Actor;
  readonly reason: string;
}

export type PromotionStart =
  PromotionPlan | { readonly status: 'elsewhere'; readonly result: PromoteResult } | QueuedPromotion;

export interface PromotionServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly table: PredictionTable;
  readonly directory: WorkflowDirectory;
}

interface Start {
  readonly input: unknown;
  readonly run: RunContext;
  readonly stamp: Stamp;
}

/**
 * Chooses the challenger and opens the promotion in the ledger, or takes over one whose run has ended. One promotion per
 * pipeline: while another run owns it, this one ends with that as its result.
 */
export async function openPromotion(
  services: PromotionServices,
  start: Start,
  attemptsLeft = 5,
): Promise<PromotionStart> {
  const given = parseWorkflowInput('promote', start.input);
  const loaded = await services.definitions.load(given.pipeline);
  const actor = actorOf(start.run, given.by);
  const stamp: Stamp = { ...start.stamp, actor };
  const reason = reasonOf(start.run, 'promotion', given.reason);
  const { records, state } = await readLedger(services.store, loaded.definition.name);
  const asked = await completeInput(services.store, given, state);
  const context: Context = { services, asked, loaded, start, actor, stamp, reason, attemptsLeft };
  const over = endedMeanwhile(state, asked);
  if (over !== null) return { status: 'elsewhere', result: over };
  if (state.openPromotion !== null && asked.dryRun !== true) {
    const { openPromotion: open } = state;
    const owner = promotionOwner(records, open.promotionId);
    // One run of an id is alive at a time, so an owner of our id is us, or has ended and we continue it.
    const isOurs = owner?.workflowId === start.run.workflow.workflowId;
    if (!isOurs && owner !== null && (await services.directory.isRunning(owner)))
      return arriveMeanwhile({ asked, definition: loaded.definition, state, open, owner });
    if (isWanted(open, asked) || hasBegun(state, open)) return planFor(context, { records, state }, open);
    await closeAbandoned(context, open);
  }
  return openNew(context);
}

/** A plan is made without effect; one that is applied says itself which version it takes, and by which path. */
async function completeInput(store: Store, given: PromoteInput, state: LedgerState): Promise<PromoteInput> {
  if (given.planOnly === true) return { ...given, dryRun: true };
  if (given.plan === undefined || given.version !== undefined) return given;
  const { challenger, kind } = await loadPlan(store, given.pipeline, given.plan);
  const isFirst = kind === 'bootstrap' && state.champion === null;
  return { ...given, version: challenger.version, ...(isFirst ? { bootstrap: true } : {}) };
}

interface Context {
  readonly services: PromotionServices;
  readonly asked: PromoteInput;
  readonly loaded: LoadedDefinition;
  readonly start: Start;
  readonly actor: Actor;
  readonly stamp: Stamp;
  readonly reason: string;
  readonly attemptsLeft: number;
}

function isWanted(promotion: OpenPromotion, asked: PromoteInput): boolean {
  return asked.version === undefined || asked.version === promotion.challenger.version;
}

/** A rollout under way, or a champion that was changed, is brought to its end whoever comes. */
function hasBegun(state: LedgerState, { promotionId }: OpenPromotion): boolean {
  return standingOf(state, promotionId).status !== 'not-begun';
}

async function openNew(context: Context): Promise<PromotionStart> {
  const { services, asked, loaded, reason, stamp, attemptsLeft } = context;
  const ledger = await readLedger(services.store, loaded.definition.name);
  const { state } = ledger;
  await assertPlanIsOfToday(context, state);
  assertIsFirst(state, asked);
  const challenger = chooseChallenger(state, asked);
  checkPath(state, asked, challenger);
  if (asked.dryRun === true) return planFor(context, ledger, null, challenger);
  const plan = await planFor(context, ledger, null, challenger);
  await assertPlanHolds(services.store, plan);
  const earlier = [...state.promotions.values()].filter(
    (p) => p.challenger.modelDigest === challenger.modelDigest,
  ).length;
  const promotionId = `${loaded.definition.name}/v${challenger.version}/${String(earlier + 1)}`;
  const opened = await appendRecord(services.store, loaded.definition.name, {
    recordId: `promotion/${promotionId}/opened`,
    at: stamp.at,
    actor: stamp.actor,
    reason,
    workflow: stamp.workflow,
    event: {
      type: 'promotion-opened',
      promotionId,
      kind: state.champion === null ? 'bootstrap' : 'promotion',
      challenger,
    },
  });
  const isOurs = 'record' in opened && opened.record.workflow?.runId === stamp.workflow.runId;
  if (isOurs) return { ...plan, promotionId };
  if (attemptsLeft > 0) return openPromotion(services, context.start, attemptsLeft - 1);
  throw new Error(`promotions of ${loaded.definition.name} keep overtaking this one; it is tried again`);
}

/** Else whoever applies an old plan is told what is wrong with its version today, and not that the plan is old. */
async function assertPlanIsOfToday({ services, asked, loaded }: Context, state: LedgerState): Promise<void> {
  if (asked.plan === undefined) return;
  const { pipeline, plan } = asked;
  const planned = await loadPlan(services.store, pipeline, plan);
  const { champion, decisionEpoch } = state;
  if (isSameModel(champion, planned.champion) && decisionEpoch === planned.decisionEpoch) return;
  const now = { ...planned, champion, decisionEpoch, definitionDigest: loaded.digest };
  throw planStale(pipeline, findMoves(planned, now), `The world moved since plan ${plan.slice(0, 12)} was made`);
}

/** Before anything is opened: what is measured is compared later. */
async function assertPlanHolds(store: Store, plan: PromotionPlan): Promise<void> {
  if (plan.appliedPlan === undefined) return;
  const moves = await findPlanMoves(store, plan.appliedPlan, groundOf(plan));
  if (moves.length > 0) throw planStale(plan.pipeline, moves);
}

async function planFor(
  context: Context,
  { records, state }: Ledger,
  open: OpenPromotion | null,
  chosen?: ModelRef,
): Promise<PromotionPlan> {
  const { services, asked, actor, reason, stamp } = context;
  const challenger = open?.challenger ?? chosen;
  if (challenger === undefined) throw new TypeError('unreachable: a plan is made for an open or a chosen challenger');
  const isApplied = open !== null && open.change !== null;
  const loaded = open === null ? context.loaded : await pinnedDefinition(context, state, open);
  // Nothing is measured any more once the rollout has begun, so nothing may be missing for it either.
  const isMeasured = open === null || !hasBegun(state, open);
  const asOf = asked.asOf ?? (isMeasured ? await clockFor(services, loaded.definition, state, challenger) : stamp.at);
  const folds = isMeasured ? foldsBehind(loaded.definition, asOf, state, [challenger, state.champion]) : [];
  return {
    status: 'open',
    promotionId: open?.promotionId ?? null,
    pipeline: loaded.definition.name,
    definitionDigest: loaded.digest,
    challenger,
    champion: isApplied ? championBefore(state, open.promotionId) : state.champion,
    evidence: {
      pipeline: loaded.definition.name,
      definitionDigest: loaded.digest,
      kind: state.champion === null ? 'bootstrap' : 'promotion',
      asOf,
      decisionEpoch: state.decisionEpoch,
      challenger,
      champion: state.champion,
      folds: folds.map((window, index) => ({ index, window })),
      reuse: await countReuse(services.store, records, { challengerDigest: challenger.modelDigest, folds }),
      probes: askedProbes(loaded.definition.gates),
      reason,
      at: stamp.at,
    },
    dryRun: asked.dryRun ?? false,
    ...(asked.planOnly === true ? { planOnly: true } : {}),
    ...(asked.asOf === undefined ? {} : { isAsOfAsked: true }),
    ...(asked.plan === undefined ? {} : { appliedPlan: asked.plan }),
    ...recordedDecision(open),
    appliedReport: isApplied ? (open.report?.reportDigest ?? null) : null,
    rollout: {
      steps: loaded.definition.rollout,
      watch: loaded.definition.watch,
      standing: open === null ? { status: 'not-begun' } : standingOf(state, open.promotionId),
      isOther: open !== null && !isWanted(open, asked),
    },
    actor,
    reason,
  };
}

/** A rollout goes on by the plan that it began with; before its first step, by the definition of today. */
async function pinnedDefinition(
  { services, loaded }: Context,
  state: LedgerState,
  { promotionId }: OpenPromotion,
): Promise<LoadedDefinition> {
  const digest = splitsOf(state, promotionId)[0]?.definitionDigest;
  return digest === undefined ? loaded : { digest, definition: await services.definitions.loadPinned(digest) };
}

/** Who was champion until a promotion changed that. */
function championBefore({ championHistory }: LedgerState, promotionId: string): ModelRef | null {
  const change = championHistory.findIndex(({ decisionId }) => decisionId === promotionId);
  return championHistory[change - 1]?.model ?? null;
}

/** What a person has decided already, when the run that heard it ended before it acted. */
function recordedDecision(open: OpenPromotion | null): Pick<PromotionPlan, 'approved' | 'stopped'> {
  const known = open === null ? null : decisionInForce(open);
  const stopped = open === null ? null : recordedStop(open);
  if (open === null || known?.decision !== 'approve' || stopped?.decision === 'abort')
    return { approved: null, stopped };
  const { by, reason } = known;
  const reportDigest = known.reportDigest ?? '';
  const approvers = approvalsOf(open, reportDigest).map((approval) => approval.by);
  return { approved: { reportDigest, by, reason, approvers }, stopped };
}

/** Its run has ended without closing it, and another challenger is wanted now. */
async function closeAbandoned({ services, loaded, stamp, reason }: Context, promotion: OpenPromotion): Promise<void> {
  await appendFact(services.store, {
    pipeline: loaded.definition.name,
    recordId: `promotion/${promotion.promotionId}/closed`,
    reason,
    event: {
      type: 'promotion-closed',
      promotionId: promotion.promotionId,
      outcome: abandonedOutcome(promotion),
      challengerDigest: promotion.challenger.modelDigest,
      reportDigest: promotion.report?.reportDigest ?? null,
      grounds: ['its run ended without a decision, and another version was chosen'],
    },
    stamp,
  });
}

/** A rejection or abort that was recorded stands, so that its challenger is not tried again. */
function abandonedOutcome(promotion: OpenPromotion): PromotionOutcome {
  const decision = decisionInForce(promotion)?.decision;
  if (decision === 'reject') return 'rejected';
  return decision === 'abort' ? 'aborted' : 'superseded';
}
