import { decisionInForce } from '../../domain/ledger/questions.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { GateOutcome } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import type { PromotionPlan } from './begin-promotion.js';
import { confirmReport } from '../evidence/confirm-report.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';

/** `void`: what was approved is not what is true any more, so it has to be measured and approved again. */
export type ChampionChange =
  { readonly status: 'changed' } | { readonly status: 'void'; readonly grounds: readonly string[] };

/**
 * THE change of champion: one ledger record, which the ledger takes only while report, approval and champion still stand.
 * Repeating it after a kill finds the record. Throws STORE_MISMATCH when the approved report, or the page
 * that it was read on, was tampered with.
 */
export async function applyPromotion(
  store: Store,
  {
    promotion,
    gates,
    reason,
    stamp,
  }: {
    readonly promotion: PromotionPlan;
    readonly gates: Pick<GateOutcome, 'reportDigest'>;
    /** The approver's. */
    readonly reason: string;
    readonly stamp: Stamp;
  },
): Promise<ChampionChange> {
  const { state } = await readLedger(store, promotion.pipeline);
  if (isApplied(state, promotion)) return { status: 'changed' };
  await confirmReport(store, gates.reportDigest, state.openPromotion?.report?.pages);
  const decision = state.openPromotion === null ? null : decisionInForce(state.openPromotion);
  crashPoint('before-champion-record');
  const result = await appendRecord(store, promotion.pipeline, {
    recordId: `champion/${promotion.promotionId ?? ''}`,
    at: stamp.at,
    actor: decision === null ? stamp.actor : { name: decision.by, kind: 'person' },
    reason: reason === '' ? promotion.reason : reason,
    workflow: stamp.workflow,
    event: {
      type: 'champion-changed',
      cause: promotion.evidence.kind,
      decisionId: promotion.promotionId ?? '',
      from: promotion.champion,
      to: promotion.challenger,
      reportDigest: gates.reportDigest,
      approvalNumber: decision?.recordNumber ?? null,
      revokedDigests: [],
    },
  });
  crashPoint('after-champion-record');
  if (result.status !== 'refused') return { status: 'changed' };
  return { status: 'void', grounds: result.problems.map((p) => `${p.field} is ${p.found}, expected ${p.expected}`) };
}

function isApplied(state: LedgerState, promotion: PromotionPlan): boolean {
  return state.championHistory.some((term) => term.decisionId === promotion.promotionId);
}
