import type { WorkflowHandle } from '@temporalio/client';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { sayReplacedPositives, type ReplacedDecisions } from '../domain/replaced-decisions.js';
import type { PromoteResult, RollbackResult } from '../workflows/api.js';
import { tellHindsight } from './demo-hindsight.js';
import { promoteWithApproval, stuck } from './demo-promotion.js';
import { judgeByCron, scoreByCron } from './demo-schedules.js';
import { count, followPromotion, heading, pipeline, start, type Telling } from './demo-telling.js';

/** The first canary: a day in shadow, a day with a share of the routes, and then somebody stops it. */
export async function abortCanary(telling: Telling, promotion: WorkflowHandle): Promise<void> {
  heading(telling, '5. Canary, and an abort at 3 a.m.');
  await scoreByCron(telling, { from: '2001-04-02', to: '2001-04-03' });
  await judgeByCron(telling, { from: '2001-04-04', to: '2001-04-05' });
  await untilStep(telling, promotion, 2);
  await scoreByCron(telling, { from: '2001-04-03', to: '2001-04-04' });
  telling.log('Before its labels are known the night shift sends `abort`: no changes over the holidays.');
  await promotion.signal('abort', { by: 'Night shift', reason: 'no changes over the holidays' });
  const result = (await promotion.result()) as PromoteResult;
  telling.log(`${result.status.toUpperCase()}: ${result.summary}`);
  await tellTakenBack(telling);
}

/** The same version by name, through its canary, to the top, and back by itself. */
export async function watchTakesBack(telling: Telling, version: string): Promise<void> {
  heading(telling, '6. A second canary, a new champion, and a Friday');
  telling.log(
    `After the holidays Ada Park promotes version ${version} again, by name: an abort keeps it from coming back by itself.`,
  );
  const input = { version, asOf: '2001-04-02', by: 'Ada Park', reason: 'the holidays are over' };
  const promotion = await start(telling, 'promote', input);
  await promoteWithApproval(telling, promotion, {
    reason: 'nothing has changed since the first approval',
    isMeasuredBefore: true,
  });
  await scoreByCron(telling, { from: '2001-04-04', to: '2001-04-05' });
  await judgeByCron(telling, { from: '2001-04-06', to: '2001-04-07' });
  await untilStep(telling, promotion, 2);
  await scoreByCron(telling, { from: '2001-04-05', to: '2001-04-06' });
  await judgeByCron(telling, { from: '2001-04-07', to: '2001-04-08' });
  await untilWatched(telling, promotion);
  await scoreByCron(telling, { from: '2001-04-06', to: '2001-04-07' });
  const result = (await promotion.result()) as PromoteResult;
  telling.log(`\n${result.status.toUpperCase()}, without anybody: ${result.grounds[0] ?? result.summary}`);
  telling.log(
    'No label of that day was known. The guardrail saw that the two versions disagree, not which of them is wrong, and went back to the one before.',
  );
  const rolledBack = await tellRollback(telling, promotion);
  await tellHindsight(telling, rolledBack, { window: '2001-04-06', from: '2001-04-08', to: '2001-04-09' });
}

/** Waits until the ledger has the step, and says what the look before it found. */
async function untilStep(telling: Telling, promotion: WorkflowHandle, step: number): Promise<void> {
  const followed = await followPromotion(promotion, ({ rollout }) => rollout?.step === step);
  if (followed.status !== 'paused-at') throw stuck(`The rollout did not reach step ${String(step)}.`);
  await tellLook(telling);
  telling.log(`Step ${String(step)}: ${String(followed.workflowStatus.rollout?.sharePercent ?? '?')} % of the routes.`);
}

async function untilWatched(telling: Telling, promotion: WorkflowHandle): Promise<void> {
  const followed = await followPromotion(promotion, ({ rollout }) => rollout?.phase === 'watch');
  if (followed.status !== 'paused-at') throw stuck('The rollout did not end with a new champion.');
  await tellLook(telling);
  const { state } = await readLedger(telling.services.store, pipeline);
  telling.log(`Version ${state.champion?.version ?? '?'} is champion, and watched: the one before scores in shadow.`);
}

async function tellLook({ services, log }: Telling): Promise<void> {
  const { state } = await readLedger(services.store, pipeline);
  log(`  ${state.openPromotion?.looks.findLast(({ verdict }) => verdict === 'pass')?.sentence ?? 'no look yet'}`);
}

async function tellTakenBack({ services, log }: Telling): Promise<void> {
  const { state } = await readLedger(services.store, pipeline);
  const replaced = [...state.replacements.values()].at(-1);
  if (replaced === undefined) throw stuck('Nothing was taken back.');
  log(
    `  taken back       ${count(replaced.rowsReplaced)} predictions from the champion's shadow scores, in one commit (table version ${String(replaced.tableVersion)})`,
  );
  tellDecisions({ log }, replaced, replaced.correctionFile?.path ?? null);
}

async function tellRollback({ client, log }: Telling, promotion: WorkflowHandle): Promise<RollbackResult> {
  const result = (await client.workflow.getHandle(`${promotion.workflowId}/rollback`).result()) as RollbackResult;
  log(result.summary);
  log(`  champion before  version ${result.from.version}`);
  log(`  champion after   version ${result.to.version}; the alias: ${result.alias}`);
  log(
    `  windows          ${result.windows.join(', ')} in one commit (table version ${String(result.tableVersion)}), ${String(result.fromShadow)} from shadow scores, ${String(result.rescored)} scored again`,
  );
  tellDecisions({ log }, result, result.correctionFile);
  return result;
}

/** Rows are more than decisions: most scores move without turning one. */
function tellDecisions(
  { log }: Pick<Telling, 'log'>,
  counted: ReplacedDecisions & Pick<RollbackResult, 'rowsReplaced' | 'decisionsChanged'>,
  file: string | null,
): void {
  const positives = sayReplacedPositives(counted);
  if (positives !== null) log(`  called late      ${positives}`);
  for (const warning of counted.warnings ?? []) log(`  warning          ${warning}`);
  log(
    `  corrections      ${file ?? 'none'}: ${count(counted.correctionRows ?? 0)} rows with their old and new scores, ${count(counted.decisionsChanged)} of them with another decision, for those who acted on them`,
  );
}
