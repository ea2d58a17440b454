import { PermanentFailure } from '../../domain/failure-types.js';
import { isPinRevoked } from '../../domain/ledger/revocation.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { RollbackInput } from '../../workflows/api.js';
import type { Ledger } from '../ledger/read-ledger.js';
import { versionOf } from '../evidence/choose-sides.js';
import type { GoldenServices } from '../golden-rows.js';
import { describeTargets } from './verify-target.js';

/** Who is taken back and who is restored. */
export interface RollbackChoice {
  readonly from: ModelRef;
  readonly to: ModelRef;
}

/** A rollback whose record is written and whose predictions are not replaced: its run ended in between, or works on it. */
type UnfinishedRollback = RollbackChoice & { readonly rollbackId: string; readonly recordNumber: number };

/**
 * The rollback that a run for `asked` does the rest of; null when none is unfinished. Two rollbacks are never mixed: until
 * the first has replaced what the bad version published, nobody knows what the second would have to replace. So whoever
 * names another target is refused, and told what to do, rather than given something else. Throws NO_ROLLBACK_TARGET.
 */
export function rollbackToFinish({ records, state }: Ledger, asked: RollbackInput): UnfinishedRollback | null {
  const unfinished = unfinishedRollback(state);
  if (unfinished === null || asked.to === undefined || asked.to === unfinished.to.version) return unfinished;
  const { rollbackId, recordNumber, to } = unfinished;
  const workflowId = records.find(({ record }) => record.number === recordNumber)?.record.workflow?.workflowId;
  const run = workflowId === undefined ? '' : ` by ${workflowId}`;
  const since = `record ${String(recordNumber)}${run} made version ${to.version} champion, and what was published before is still to be replaced`;
  throw new PermanentFailure('NO_ROLLBACK_TARGET', `Rollback ${rollbackId} is unfinished, and nothing was changed.`, {
    problems: [{ field: 'to', found: asked.to, expected: `${to.version}, or left out: ${since}` }],
    example: `{"pipeline":"${asked.pipeline}"} finishes it; then {"pipeline":"${asked.pipeline}","to":"${asked.to}"} goes on from there`,
  });
}

function unfinishedRollback(state: LedgerState): UnfinishedRollback | null {
  const last = state.championHistory.at(-1);
  const before = state.championHistory.at(-2);
  if (
    last === undefined ||
    before === undefined ||
    last.cause !== 'rollback' ||
    state.replacements.has(last.decisionId)
  )
    return null;
  return { rollbackId: last.decisionId, recordNumber: last.recordNumber, from: before.model, to: last.model };
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
