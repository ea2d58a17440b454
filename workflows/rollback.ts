import { workflowInfo } from '@temporalio/workflow';
import type { ProjectionActivities } from '../activities/promotion/projection-activities.js';
import type { RollbackActivities } from '../activities/rollback/rollback-activities.js';
import { aliasOptions, computeOptions, controlOptions } from './activity-options.js';
import { newsSignals, type RollbackResult } from './api.js';
import { renderRollbackResult } from './cards/rollback-card.js';
import { tell } from './promotion/news.js';
import { ifRegistryAnswers } from './registry-patience.js';
import { runLink } from './cards/text.js';
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
  const promotion = linkTo(plan.promotionWorkflowId);
  if (plan.dryRun) {
    board.show({ phase: 'dry run' }, renderRollbackResult(plan.preview, promotion));
    return plan.preview;
  }
  if (plan.drill === true) {
    board.show({ phase: `rehearsing the return to version ${plan.to.version}` });
    const drilled = await rehearseRollback({ plan, stamp: stampNow(run, plan.actor) });
    board.show({ phase: 'drilled' }, renderRollbackResult(drilled));
    return drilled;
  }
  const ends = promotion === null ? [] : [`Ends the promotion ${promotion}.`];
  board.show({ phase: `restoring version ${plan.to.version}` }, ends.join());
  await restoreChampion({ plan, stamp: stampNow(run, plan.actor) });
  board.show({ phase: 'replacing what the bad version published' });
  const replaced = await replacePublished({ plan, stamp: stampNow(run, plan.actor) });
  if (plan.promotionWorkflowId !== undefined) await tell(board, plan.promotionWorkflowId, newsSignals.championRestored);
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
  board.show({ phase: 'rolled back' }, renderRollbackResult(result, promotion));
  return result;
}

/** To the run whose promotion this rollback ends, for whoever reads the card. */
function linkTo(workflowId: string | undefined): string | null {
  return workflowId === undefined ? null : runLink(workflowInfo().namespace, workflowId);
}
