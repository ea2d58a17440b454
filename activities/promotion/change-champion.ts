import { describeProblem } from '../../domain/failure-types.js';
import { decisionInForce } from '../../domain/ledger/questions.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { GateOutcome } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import type { PromotionPlan } from './begin-promotion.js';
import { findTampering } from '../evidence/confirm-report.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';

/**
 * `void`: what was approved is not what is true any more, so it has to be measured and approved again. `tampered`: what a
 * person read is not what is in the store, which no measuring cures, because nothing there is ever overwritten.
 */
export type ChampionChange =
  { readonly status: 'changed' } | { readonly status: 'void' | 'tampered'; readonly grounds: readonly string[] };

/**
 * THE change of champion: one ledger record, which the ledger takes only while report, approval and champion still stand.
 * Repeating it after a kill finds the record.
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
  const { reportDigest } = gates;
  const pages = state.openPromotion?.report?.pages ?? [];
  const tampering = await findTampering(store, { reportDigest, pages });
  if (tampering.length > 0) return { status: 'tampered', grounds: tampering };
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
      reportDigest,
      approvalNumber: decision?.recordNumber ?? null,
      revokedDigests: [],
    },
  });
  crashPoint('after-champion-record');
  if (result.status !== 'refused') return { status: 'changed' };
  return { status: 'void', grounds: result.problems.map(describeProblem) };
}

function isApplied(state: LedgerState, promotion: PromotionPlan): boolean {
  return state.championHistory.some((term) => term.decisionId === promotion.promotionId);
}
