import type { PromotionOutcome } from '../domain/ledger/promotion-events.js';
import { splitsOf } from '../domain/ledger/questions.js';
import type { LedgerState } from '../domain/ledger/state.js';

/** A rollout that ended without its challenger: what that one had served was replaced, which is no rollback of a champion. */
export interface RolloutEnd {
  readonly promotionId: string;
  readonly challengerVersion: string;
  readonly outcome: PromotionOutcome;
  /** By whom and why, like `aborted by Ada: not over the holidays`. */
  readonly grounds: readonly string[];
  /** Path in the store of the rows whose decision changed; null where none did, or it is not written yet. */
  readonly correctionFile: string | null;
}

/** The end that a commit of a prediction table carried out; null for every other commit. `identity` is the commit's. */
export function findRolloutEnd(state: LedgerState, identity: string): RolloutEnd | null {
  const end = splitsOf(state, identity).find(({ step }) => step === null);
  if (end === undefined) return null;
  return {
    promotionId: identity,
    challengerVersion: end.challenger.version,
    outcome: end.outcome ?? 'superseded',
    grounds: end.grounds,
    correctionFile: state.replacements.get(identity)?.correctionFile?.path ?? null,
  };
}
