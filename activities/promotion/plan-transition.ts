import { z } from 'zod';
import { canonicalJson, digestOf, sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { findMoves, type TransitionGround, type TransitionPlan } from '../../domain/promotion/transition-plan.js';
import { findHarmReach } from '../../domain/rollout/harm-reach.js';
import type { GateOutcome, PlannedTransition } from '../../workflows/api.js';
import type { Definitions } from '../ports/definitions.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import type { PromotionPlan } from './begin-promotion.js';

export interface TransitionServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly table: PredictionTable;
}

/** Windows whose row counts say what a rollback would have to replace for each one. */
const recentWindows = 14;

/** What a promotion stands on, as the plan of a run says it. */
export function groundOf({
  pipeline,
  definitionDigest,
  challenger,
  champion,
  evidence,
}: PromotionPlan): TransitionGround {
  const { kind, decisionEpoch, asOf, folds } = evidence;
  const windows = folds.map(({ window }) => window);
  return { pipeline, kind, challenger, champion, decisionEpoch, definitionDigest, asOf, windows };
}

/**
 * Writes down the transition that was measured, under its digest, and what undoing it would cost. Nothing but the file is
 * new: a plan opens no promotion. The same world gives the same file.
 */
export async function planTransition(
  services: TransitionServices,
  { promotion, gates }: { readonly promotion: PromotionPlan; readonly gates: GateOutcome },
): Promise<PlannedTransition> {
  const definition = await services.definitions.loadPinned(promotion.definitionDigest);
  const plan: TransitionPlan = {
    ...groundOf(promotion),
    reportDigest: gates.reportDigest,
    verdict: gates.verdict,
    checks: gates.checks.map(({ name, mode = 'enforce', verdict }) => ({ name, mode, verdict })),
    rollout: definition.rollout,
    watchCycles: definition.watch.cycles,
    rollbackTarget: promotion.champion,
  };
  const planDigest = digestOf(plan);
  await services.store.createIfAbsent(pathOf(plan.pipeline, planDigest), canonicalJson(plan));
  const undo = await costOfUndoing(services, promotion, gates);
  const clock = promotion.isAsOfAsked === true ? { isAsOfAsked: true as const } : {};
  const planned = { ...plan, planDigest, ...clock, undo };
  if (promotion.champion === null) return planned;
  return { ...planned, harm: findHarmReach({ ...plan, alpha: definition.analysis.alpha }) };
}

/**
 * What moved since a plan was made; empty when it can be applied. Throws PLAN_STALE for a digest that no plan has, and
 * STORE_MISMATCH for a plan that was changed.
 */
export async function findPlanMoves(
  store: Store,
  planDigest: string,
  now: TransitionGround & { readonly reportDigest?: string },
): Promise<readonly Problem[]> {
  return findMoves(await loadPlan(store, now.pipeline, planDigest), now);
}

/** The failure that lists everything that moved. */
export function planStale(pipeline: string, problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('PLAN_STALE', 'The world moved since the plan was made, so nothing was changed.', {
    problems,
    example: `gauntlet promote ${pipeline} --plan`,
  });
}

/** By its digest, or by a beginning that no other plan has. Throws PLAN_STALE and STORE_MISMATCH. */
export async function loadPlan(store: Store, pipeline: string, asked: string): Promise<TransitionPlan> {
  const names = (await store.list(`plans/${pipeline}`)).filter((name) => name.startsWith(asked));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    const found = names.length === 0 ? asked : `${asked}, which ${String(names.length)} plans begin with`;
    throw planStale(pipeline, [{ field: 'plan', found, expected: 'the digest of a plan that `--plan` printed' }]);
  }
  const planDigest = name.slice(0, 64);
  const path = pathOf(pipeline, planDigest);
  const bytes = (await store.read(path)) ?? new Uint8Array();
  // The digest shows that these are the bytes that `planTransition` wrote.
  if (sha256Hex(bytes) === planDigest) return JSON.parse(new TextDecoder().decode(bytes)) as TransitionPlan;
  const problem = { field: path, found: `sha256 ${sha256Hex(bytes)}`, expected: `sha256 ${planDigest}` };
  throw new PermanentFailure('STORE_MISMATCH', 'The plan is not the one that its digest names.', {
    problems: [problem],
  });
}

function pathOf(pipeline: string, planDigest: string): string {
  return `plans/${pipeline}/${planDigest}.json`;
}

/** Rows of a usual window, and how long the challenger would need for it at most, from the report's forecast. */
async function costOfUndoing(
  { store, table }: TransitionServices,
  { pipeline, champion }: PromotionPlan,
  { reportDigest }: GateOutcome,
): Promise<PlannedTransition['undo']> {
  const { windows } = await table.load(pipeline, 'predictions');
  const newest = [...windows.values()].sort((a, b) => (a.window < b.window ? 1 : -1)).slice(0, recentWindows);
  const rows = newest.map((window) => window.rows).sort((a, b) => a - b);
  return {
    to: champion,
    rowsPerWindow: rows[Math.floor(rows.length / 2)] ?? null,
    secondsPerWindow: await forecastSeconds(store, reportDigest),
  };
}

const volumeSchema = z.looseObject({
  probes: z.looseObject({
    volume: z.looseObject({
      status: z.literal('measured'),
      facts: z.looseObject({
        deadlineMs: z.number(),
        /** Reports of today say only that the deadline is kept, so that their digest holds no timings. */
        inTime: z.boolean().optional(),
        timeHeadroom: z.number().positive().optional(),
      }),
    }),
  }),
});

/** The most that scoring a window takes: headroom is rounded down, and a deadline was kept. Null where nothing was measured. */
async function forecastSeconds(store: Store, reportDigest: string): Promise<number | null> {
  const bytes = await store.read(`reports/${reportDigest}/report.json`);
  if (bytes === null) return null;
  const report = volumeSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!report.success) return null;
  const { deadlineMs, inTime, timeHeadroom } = report.data.probes.volume.facts;
  if (timeHeadroom !== undefined) return deadlineMs / timeHeadroom / 1_000;
  return inTime === true ? deadlineMs / 1_000 : null;
}
