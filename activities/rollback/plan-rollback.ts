import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { promotionToTell } from '../../domain/ledger/promotion-owner.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import { revokedByRollback } from '../../domain/rollback.js';
import type { RunContext } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { readLedger } from '../ledger/read-ledger.js';
import { chooseTarget, rollbackToFinish, standingChampions } from './choose-target.js';
import { describePreview, findAffected, measureBlast, type AffectedWindow } from './preview-rollback.js';
import type { ReplacementServices } from './provide-replacement.js';
import { recordFailedDrill } from './rehearse-rollback.js';
import type { RollbackPlan } from './rollback-plan.js';
import { verifyTargetFits } from './target-fit.js';
import { verifyTarget } from './verify-target.js';

/**
 * Chooses and verifies the target, and finds what would be replaced. Nothing is changed here: whatever is wrong with the
 * target is said before the first record. A rollback that was cut off is finished, whoever comes. Throws NO_CHAMPION, NO_ROLLBACK_TARGET and ROLLBACK_TARGET_UNVERIFIED.
 */
export async function planRollback(
  services: ReplacementServices,
  input: unknown,
  run: RunContext,
): Promise<RollbackPlan> {
  const asked = parseWorkflowInput('rollback', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  const pipeline = definition.name;
  const ledger = await readLedger(services.store, pipeline);
  const { state } = ledger;
  const toTell = promotionToTell(ledger);
  const isLook = asked.dryRun === true || asked.drill === true;
  const unfinished = isLook ? null : rollbackToFinish(ledger, asked);
  const choice = unfinished ?? (await chooseTarget(services, state, asked));
  const { from, to } = choice;
  const isDrill = asked.drill === true;
  const named = {
    pipeline,
    rollbackId: unfinished?.rollbackId ?? `${pipeline}/${isDrill ? 'drill' : 'rollback'}/${run.workflow.runId}`,
    from,
    to,
    actor: actorOf(run, asked.by),
    reason: reasonOf(run, isDrill ? 'rollback drill' : 'rollback', asked.reason),
  };
  const affected = await verifyAll(services, state, named).catch(async (error: unknown) => {
    const stamp = { at: run.startedAt, actor: named.actor, workflow: run.workflow };
    if (isDrill && error instanceof PermanentFailure) await recordFailedDrill(services.store, named, stamp, error);
    throw error;
  });
  const blast = asked.dryRun === true ? await measureBlast(services, pipeline, affected) : null;
  return {
    ...named,
    definitionDigest: digest,
    revokedDigests: revokedByRollback(state, to),
    dryRun: asked.dryRun ?? false,
    ...(isDrill ? { drill: true } : {}),
    ...(toTell === null || isDrill ? {} : { promotionWorkflowId: toTell }),
    preview: describePreview(choice, affected, blast),
  };
}

/** The target is sound, and can stand in for every window that would lose its rows. */
async function verifyAll(
  services: ReplacementServices,
  state: LedgerState,
  { pipeline, to }: Pick<RollbackPlan, 'pipeline' | 'to'>,
): Promise<readonly AffectedWindow[]> {
  const others = standingChampions(state).filter(({ modelDigest }) => modelDigest !== to.modelDigest);
  await verifyTarget(services, { to, others });
  const affected = await findAffected(services, { pipeline, ledger: state, to });
  await verifyTargetFits(services, { pipeline, to, affected });
  return affected;
}
