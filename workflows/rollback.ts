import type { ProjectionActivities } from '../activities/promotion/projection-activities.js';
import type { RollbackActivities } from '../activities/rollback/rollback-activities.js';
import { aliasOptions, computeOptions, controlOptions } from './activity-options.js';
import type { RollbackResult } from './api.js';
import { renderRollbackResult } from './cards/rollback-card.js';
import { ifRegistryAnswers } from './registry-patience.js';
import { runContext, stampNow } from './run-context.js';
import { openStatusBoard } from './status-board.js';
import { steps } from './steps.js';

const { restoreChampion } = steps<RollbackActivities>(controlOptions);
const { beginRollback, replacePublished, rehearseRollback } = steps<RollbackActivities>(computeOptions);
const { projectChampion } = steps<ProjectionActivities>(aliasOptions);

/**
 * Restores a champion: one ledger record, then every prediction the bad version published is replaced in one commit.
 * Works while the registry is away; the alias follows.
 */
export async function rollback(input: unknown): Promise<RollbackResult> {
  const board = openStatusBoard('Roll back');
  const run = runContext();
  board.show({ phase: 'checking that the target loads and reproduces its golden rows' });
  const plan = await beginRollback({ input, run });
  board.begin(plan);
  if (plan.dryRun) {
    board.show({ phase: 'dry run' }, renderRollbackResult(plan.preview));
    return plan.preview;
  }
  if (plan.drill === true) {
    board.show({ phase: `rehearsing the return to version ${plan.to.version}` });
    const drilled = await rehearseRollback({ plan, stamp: stampNow(run, plan.actor) });
    board.show({ phase: 'drilled' }, renderRollbackResult(drilled));
    return drilled;
  }
  board.show({ phase: `restoring version ${plan.to.version}` });
  await restoreChampion({ plan, stamp: stampNow(run, plan.actor) });
  board.show({ phase: 'replacing what the bad version published' });
  const replaced = await replacePublished({ plan, stamp: stampNow(run, plan.actor) });
  board.show({ phase: 'setting the alias' });
  const alias = await ifRegistryAnswers(board, 'the alias', () =>
    projectChampion({
      pipeline: plan.pipeline,
      definitionDigest: plan.definitionDigest,
      stamp: stampNow(run, plan.actor),
    }),
  );
  const result: RollbackResult = {
    ...replaced,
    status: 'rolled-back',
    rollbackId: plan.rollbackId,
    from: plan.from,
    to: plan.to,
    alias: alias?.summary ?? 'pending: the registry did not answer, the next monitor run sets it',
  };
  board.show({ phase: 'rolled back' }, renderRollbackResult(result));
  return result;
}
