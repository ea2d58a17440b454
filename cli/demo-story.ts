import type { WorkflowHandle } from '@temporalio/client';
import { verifyPipeline } from '../activities/verify/verify-pipeline.js';
import { ParquetRowCounter } from '../adapters/delta/parquet-row-counter.js';
import { applySchedules } from '../schedules/apply-schedules.js';
import { desiredSchedules } from '../schedules/desired-schedule.js';
import { CommandFailure } from './command-error.js';
import { promoteWithApproval, stuck, tellReport } from './demo-promotion.js';
import { abortCanary, watchTakesBack } from './demo-rollout.js';
import { judgeByCron, scoreByCron } from './demo-schedules.js';
import { backfill, fixed, heading, pipeline, run, start, type Telling } from './demo-telling.js';
import { exitCodes } from './exit-codes.js';
import { composeVerification, renderVerification } from './verification.js';

/** One model's life, told in plain words with the numbers of this very run. */
export async function tellStory(telling: Telling): Promise<void> {
  await applyAll(telling);
  await firstChampion(telling);
  await scoreByCron(telling, { chapter: '2. Scoring on schedule', from: '2001-03-01', to: '2001-03-08' });
  await judgeByCron(telling, { from: '2001-03-03', to: '2001-03-10' });
  await scoreByCron(telling, { chapter: '3. Three weeks later', from: '2001-03-26', to: '2001-04-02' });
  const { promotion, version } = await retrainByCron(telling);
  await abortCanary(telling, promotion);
  await watchTakesBack(telling, version);
  await refuseBadChallenger(telling);
  await verify(telling);
}

async function firstChampion(telling: Telling): Promise<void> {
  heading(telling, '1. The first model');
  telling.log('Nobody is champion yet. A person starts `retrain`, as of 1 March 2001: nothing later may be looked at.');
  const trained = await run(telling, 'retrain', {
    asOf: '2001-03-01',
    by: 'Ada Park',
    reason: 'the first model',
  });
  telling.log(`${trained.summary} Validation AUC ${fixed(trained.metrics['auc'])}.`);
  telling.log(
    'The first champion takes its own explicit path: `promote` with "bootstrap": true, against the simple rule.',
  );
  await promoteWithApproval(telling, await start(telling, 'promote', { bootstrap: true, by: 'Ada Park' }), {
    reason: 'beats the rule we use today',
  });
}

async function retrainByCron(
  telling: Telling,
): Promise<{ readonly promotion: WorkflowHandle; readonly version: string }> {
  heading(telling, '4. Monday, 2 April: the weekly retrain');
  const [retrained] = await backfill(telling, 'retrain', { from: '2001-04-02', to: '2001-04-03' });
  if (retrained === undefined) throw stuck('The retrain schedule started no run.');
  telling.log(`The retrain rule said: ${retrained.grounds.join('; ')}.`);
  telling.log(`${retrained.summary} Its promotion waits in a run of its own, so the schedule is not held up.`);
  const promotion = telling.client.workflow.getHandle(retrained.promotionWorkflowId ?? '');
  await promoteWithApproval(telling, promotion, {
    reason: 'AUC holds, log loss a little worse: accepted for fresher data',
  });
  return { promotion, version: retrained.model?.version ?? '' };
}

async function refuseBadChallenger(telling: Telling): Promise<void> {
  heading(telling, '7. A bad challenger');
  telling.log('Somebody trains with two trees of two leaves. It loads, it scores, it looks like any other version.');
  const trained = await run(telling, 'retrain', {
    asOf: '2001-04-02',
    params: { trees: 2, leaves: 2, maxDepth: 1 },
    promote: false,
    by: 'Bo Lind',
    reason: 'a smaller model',
  });
  telling.log(trained.summary);
  const refused = await run(telling, 'promote', {
    version: trained.model?.version ?? '',
    asOf: '2001-04-02',
    by: 'Bo Lind',
  });
  await tellReport(telling);
  telling.log(`\n${refused.status.toUpperCase()}: ${refused.summary}`);
  telling.log('No person was asked: there was nothing to approve.');
}

async function verify({ services, log }: Telling): Promise<void> {
  heading({ log }, '8. What an auditor can check, offline');
  const { store, table, workFolder } = services;
  const checks = await verifyPipeline({ store, table, rowCounter: new ParquetRowCounter(workFolder), pipeline });
  const verification = composeVerification(pipeline, checks);
  log(renderVerification(verification));
  if (verification.clean) return;
  throw new CommandFailure('VERIFY_FAILED', exitCodes.no, 'The demo left something that does not verify.');
}

async function applyAll({ client, services, log }: Telling): Promise<void> {
  const { definition } = await services.definitions.load(pipeline);
  const steps = await applySchedules(client.schedule, {
    desired: desiredSchedules(definition),
    pipeline,
    prune: false,
  });
  log(`Schedules, paused because these are flights of 2001: ${steps.map(({ scheduleId }) => scheduleId).join(', ')}.`);
}
