import type { PromotionOutcome } from '../../domain/ledger/promotion-events.js';
import { splitsOf } from '../../domain/ledger/questions.js';
import { replacedDecisionsOf, type ReplacedDecisions } from '../../domain/replaced-decisions.js';
import { standingOf } from '../../domain/rollout/standing.js';
import { crashPoint } from '../crash-point.js';
import { appendRecord } from '../ledger/append-record.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';
import { replaceServed, type ReplacementServices } from '../rollback/replace-served.js';
import { splitInForce } from './begin-step.js';
import { idOf, type RolloutRequest } from './rollout-request.js';

export interface RolloutEndRequest extends RolloutRequest {
  readonly outcome: PromotionOutcome;
  readonly grounds: readonly string[];
}

/**
 * Ends a rollout without its challenger: one record gives everything back to the champion and revokes the challenger, so
 * that no run which pinned the split can publish it any more. `none` when no step has begun. Safe to repeat.
 */
export async function endRollout(
  store: Store,
  { promotion, outcome, grounds, stamp }: RolloutEndRequest,
): Promise<'ended' | 'none'> {
  const promotionId = idOf(promotion);
  crashPoint('before-rollout-end');
  const result = await appendRecord(store, promotion.pipeline, (state) => {
    const split = splitInForce(state, promotionId);
    if (split === null) return null;
    return {
      recordId: `split/${promotionId}/end`,
      at: stamp.at,
      actor: stamp.actor,
      reason: grounds[0] ?? promotion.reason,
      workflow: stamp.workflow,
      event: {
        type: 'split-changed',
        promotionId,
        step: null,
        challenger: split.challenger,
        sharePercent: 0,
        salt: split.salt,
        grounds,
        outcome,
        revokedDigests: [split.challenger.modelDigest],
      },
    };
  });
  crashPoint('after-rollout-end');
  if (result.status === 'refused') throw new Error(`the end of the rollout of ${promotionId} was refused`);
  return standingOf(result.state, promotionId).status === 'ended' ? 'ended' : 'none';
}

/** What taking a share back came to, for a person. */
export interface TakenBack extends ReplacedDecisions {
  readonly windows: number;
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  readonly correctionFile: string | null;
}

/** Replaces what the challenger served by what the champion scored for the same rows, in one commit. Safe to repeat. */
export async function takeBackShare(
  services: ReplacementServices,
  { promotion, stamp }: RolloutRequest,
  watching: { readonly signal: AbortSignal; readonly report: (progress: unknown) => void },
): Promise<TakenBack> {
  const { pipeline, definitionDigest, challenger, champion } = promotion;
  const { state } = await readLedger(services.store, pipeline);
  const to = state.champion ?? champion;
  if (to === null) throw new TypeError('unreachable: nothing is rolled out where there is no champion');
  const rollbackId = idOf(promotion);
  const end = splitsOf(state, rollbackId).find(({ step }) => step === null);
  const reason = end?.grounds[0] ?? promotion.reason;
  const plan = { pipeline, definitionDigest, rollbackId, from: challenger, to, reason };
  const replaced = await replaceServed(services, { plan, stamp, ...watching });
  const { windows, rowsReplaced, decisionsChanged, correctionFile } = replaced;
  const counts = { windows: windows.length, rowsReplaced, decisionsChanged, correctionFile };
  return { ...counts, ...replacedDecisionsOf(replaced) };
}
