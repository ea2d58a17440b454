import { digestOf } from '../contracts/digest.js';
import { decisionInForce } from '../domain/ledger/questions.js';
import type { LedgerState } from '../domain/ledger/state.js';
import type { GateOutcome } from '../workflows/api.js';
import type { Stamp } from '../workflows/run-context.js';
import type { PromotionPlan } from './begin-promotion.js';
import { crashPoint } from './crash-point.js';
import { appendRecord } from './ledger/append-record.js';
import { readLedger } from './ledger/read-ledger.js';
import type { DatasetBuilder } from './ports/dataset.js';
import type { Definitions } from './ports/definitions.js';
import type { Store } from './ports/store.js';

export interface ChangeServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
}

/** `void`: what was approved is not what is true any more, so it has to be measured and approved again. */
export type ChampionChange =
  { readonly status: 'changed' } | { readonly status: 'void'; readonly grounds: readonly string[] };

/**
 * THE change of champion: one ledger record, written only while everything the approval saw still holds. Repeating it
 * after a kill finds the record.
 */
export async function applyPromotion(
  services: ChangeServices,
  {
    promotion,
    gates,
    reason,
    stamp,
  }: {
    readonly promotion: PromotionPlan;
    readonly gates: GateOutcome;
    /** The approver's. */
    readonly reason: string;
    readonly stamp: Stamp;
  },
): Promise<ChampionChange> {
  const { state } = await readLedger(services.store, promotion.pipeline);
  if (isApplied(state, promotion)) return { status: 'changed' };
  const moved = await findMovedGround(services, { promotion, gates, state });
  if (moved.length > 0) return { status: 'void', grounds: moved };
  const decision = state.openPromotion === null ? null : decisionInForce(state.openPromotion);
  crashPoint('before-champion-record');
  const result = await appendRecord(services.store, promotion.pipeline, {
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

/** Champion, policy, and labels and sources within the report's windows. The report's age is a rule of the ledger. */
async function findMovedGround(
  services: ChangeServices,
  {
    promotion,
    gates,
    state,
  }: { readonly promotion: PromotionPlan; readonly gates: GateOutcome; readonly state: LedgerState },
): Promise<readonly string[]> {
  const { evidence } = promotion;
  const pinned = await services.definitions.loadPinned(promotion.definitionDigest);
  const current = await services.definitions.load(promotion.pipeline);
  const policyOf = (definition: typeof pinned): string =>
    digestOf({ gates: definition.gates, backtest: definition.backtest });
  const grounds: string[] = [];
  if (state.decisionEpoch !== evidence.decisionEpoch) grounds.push('the champion has changed since the report');
  if (policyOf(pinned) !== policyOf(current.definition))
    grounds.push('the promotion policy has changed since the report');
  for (const fold of evidence.folds) {
    const request = { definition: pinned, purpose: 'labelled', window: fold.window, asOf: evidence.asOf } as const;
    const snapshot = await services.dataset.buildSnapshot(request);
    if (gates.folds[fold.index]?.snapshotDigest !== snapshot.digest) {
      grounds.push(
        `labels or sources of ${fold.window.start.slice(0, 10)} to ${fold.window.end.slice(0, 10)} have changed since the report`,
      );
    }
  }
  return grounds;
}
