import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { revokedByRollback } from '../../domain/rollback.js';
import type { RunContext } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { readLedger } from '../ledger/read-ledger.js';
import { chooseTarget, standingChampions, unfinishedRollback } from './choose-target.js';
import { describePreview, findAffected, measureBlast } from './preview-rollback.js';
import type { ReplacementServices } from './provide-replacement.js';
import type { RollbackPlan } from './rollback-plan.js';
import { verifyTargetFits } from './target-fit.js';
import { verifyTarget } from './verify-target.js';

/**
 * Chooses and verifies the target, and finds what would be replaced. Nothing is changed here: whatever is wrong with the
 * target is said before the first record. Throws NO_CHAMPION, NO_ROLLBACK_TARGET and ROLLBACK_TARGET_UNVERIFIED.
 */
export async function planRollback(
  services: ReplacementServices,
  input: unknown,
  run: RunContext,
): Promise<RollbackPlan> {
  const asked = parseWorkflowInput('rollback', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  const pipeline = definition.name;
  const { state } = await readLedger(services.store, pipeline);
  const isLook = asked.dryRun === true || asked.drill === true;
  const unfinished = isLook ? null : unfinishedRollback(state);
  const choice = unfinished ?? (await chooseTarget(services, state, asked));
  const { from, to } = choice;
  const others = standingChampions(state).filter(({ modelDigest }) => modelDigest !== to.modelDigest);
  await verifyTarget(services, { to, others });
  const affected = await findAffected(services, { pipeline, ledger: state, to });
  await verifyTargetFits(services, { pipeline, to, affected });
  const blast = asked.dryRun === true ? await measureBlast(services, pipeline, affected) : null;
  return {
    pipeline,
    definitionDigest: digest,
    rollbackId:
      unfinished?.rollbackId ?? `${pipeline}/${asked.drill === true ? 'drill' : 'rollback'}/${run.workflow.runId}`,
    from,
    to,
    revokedDigests: revokedByRollback(state, to),
    dryRun: asked.dryRun ?? false,
    ...(asked.drill === true ? { drill: true } : {}),
    preview: describePreview(choice, affected, blast),
    actor: actorOf(run, asked.by),
    reason: reasonOf(run, asked.drill === true ? 'rollback drill' : 'rollback', asked.reason),
  };
}
