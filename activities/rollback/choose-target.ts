import { PermanentFailure } from '../../domain/failure-types.js';
import { isPinRevoked } from '../../domain/ledger/revocation.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { RollbackInput } from '../../workflows/api.js';
import { versionOf } from '../evidence/choose-sides.js';
import type { GoldenServices } from '../golden-rows.js';
import { describeTargets } from './verify-target.js';

/** Who is taken back and who is restored. */
export interface RollbackChoice {
  readonly from: ModelRef;
  readonly to: ModelRef;
}

/** A rollback whose run ended between its record and the replacement: this run does the rest of that one. */
export function unfinishedRollback(state: LedgerState): (RollbackChoice & { readonly rollbackId: string }) | null {
  const last = state.championHistory.at(-1);
  const before = state.championHistory.at(-2);
  if (
    last === undefined ||
    before === undefined ||
    last.cause !== 'rollback' ||
    state.replacements.has(last.decisionId)
  )
    return null;
  return { rollbackId: last.decisionId, from: before.model, to: last.model };
}

/** The champion and the one asked for, or the previous champion. Throws NO_CHAMPION and NO_ROLLBACK_TARGET. */
export async function chooseTarget(
  services: GoldenServices,
  state: LedgerState,
  asked: RollbackInput,
): Promise<RollbackChoice> {
  const { champion } = state;
  if (champion === null)
    throw new PermanentFailure('NO_CHAMPION', 'There is no champion, so there is nothing to roll back.');
  const to = asked.to === undefined ? state.previousChampion : versionOf(state, 'to', asked.to);
  if (to === null) {
    throw new PermanentFailure(
      'NO_ROLLBACK_TARGET',
      `Version ${champion.version} has no earlier champion behind it that still stands.`,
    );
  }
  if (to.modelDigest === champion.modelDigest)
    throw new PermanentFailure('NO_ROLLBACK_TARGET', `Version ${to.version} is the champion already.`);
  const standing = standingChampions(state);
  if (standing.some((model) => model.modelDigest === to.modelDigest)) return { from: champion, to };
  throw new PermanentFailure('NO_ROLLBACK_TARGET', `Version ${to.version} cannot be restored.`, {
    problems: [{ field: 'to', found: to.version, expected: await describeTargets(services, standing) }],
  });
}

/** Champions before the one of today that no rollback has taken back, oldest first. */
export function standingChampions(state: LedgerState): readonly ModelRef[] {
  return state.championHistory
    .filter(({ model, epoch }) => !isPinRevoked(state, { modelDigest: model.modelDigest, decisionEpoch: epoch }))
    .map(({ model }) => model)
    .filter((model) => model.modelDigest !== state.champion?.modelDigest);
}
