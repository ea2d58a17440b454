import type { Client, WorkflowHandle } from '@temporalio/client';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { verifyPipeline } from '../activities/verify/verify-pipeline.js';
import { ParquetRowCounter } from '../adapters/delta/parquet-row-counter.js';
import type { WorkflowType } from '../domain/workflow-inputs.js';
import { applySchedules } from '../schedules/apply-schedules.js';
import { desiredSchedules, type ScheduledType } from '../schedules/desired-schedule.js';
import type { Services } from '../workers/services.js';
import { taskQueues, type PromoteResult, type WorkflowStatus } from '../workflows/api.js';
import { CommandFailure } from './command-error.js';
import type { CommandSettings } from './dev-note.js';
import { exitCodes } from './exit-codes.js';
import { findReport } from './find-report.js';
import { followBackfill } from './follow-backfill.js';
import { followWorkflow } from './follow-workflow.js';
import { renderReport } from './report-text.js';
import { isUnderWay } from './rollout-text.js';
import { runUrl } from './run-links.js';
import { startBackfill } from './start-backfill.js';
import { composeVerification, renderVerification } from './verification.js';
import type { WorkflowResults } from './workflow-outcomes.js';

/** What a telling needs. */
export interface Telling {
  readonly client: Client;
  readonly services: Services;
  readonly settings: CommandSettings;
  readonly log: (line: string) => void;
}

const pipeline = 'flights';
const approver = 'Maria Keller';
/** Nobody waits for the demo's phases: only results are told. */
const quiet = { tell: () => undefined, draw: () => undefined };

/** One model's life, told in plain words with the numbers of this very run. */
export async function tellStory(telling: Telling): Promise<void> {
  await applyAll(telling);
  await firstChampion(telling);
  await scoreByCron(telling, { chapter: '2. Scoring on schedule', from: '2001-03-01', to: '2001-03-08' });
  await judgeByCron(telling, { from: '2001-03-03', to: '2001-03-10' });
  await scoreByCron(telling, { chapter: '3. Three weeks later', from: '2001-03-26', to: '2001-04-02' });
  await retrainByCron(telling);
  await scoreByCron(telling, {
    chapter: '5. The new champion scores, the old one in shadow',
    from: '2001-04-02',
    to: '2001-04-06',
  });
  await refuseBadChallenger(telling);
  await rollBack(telling);
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
  await promoteWithApproval(
    telling,
    await start(telling, 'promote', { bootstrap: true, by: 'Ada Park' }),
    'beats the rule we use today',
  );
}

async function scoreByCron(
  telling: Telling,
  week: { readonly chapter: string; readonly from: string; readonly to: string },
): Promise<void> {
  heading(telling, week.chapter);
  telling.log(
    `The daily schedule is played over ${week.from} to ${week.to} by backfilling the real Temporal schedule.`,
  );
  for (const result of await backfill(telling, 'score', week)) {
    const shadow = result.shadowVersions.length === 0 ? '' : `, version ${result.shadowVersions.join(', ')} in shadow`;
    const { window, rows, positives, model, warnings = [] } = result;
    telling.log(
      `  ${window.start.slice(0, 10)}  ${count(rows).padStart(7)} rows  ${count(positives).padStart(7)} called late  by version ${model.version}${shadow}  (${result.status})`,
    );
    for (const warning of warnings) telling.log(`              warning: ${warning}`);
  }
}

async function judgeByCron(telling: Telling, days: { readonly from: string; readonly to: string }): Promise<void> {
  telling.log('Labels come a day late. The monitor schedule judges each day once they are known:');
  for (const result of await backfill(telling, 'monitor', days)) {
    for (const { window, verdict, summary } of result.windows)
      telling.log(`  ${window.start.slice(0, 10)}  ${verdict.padEnd(12)}  ${summary}`);
  }
}

async function retrainByCron(telling: Telling): Promise<void> {
  heading(telling, '4. Monday, 2 April: the weekly retrain');
  const [retrained] = await backfill(telling, 'retrain', { from: '2001-04-02', to: '2001-04-03' });
  if (retrained === undefined)
    throw new CommandFailure('DEMO_STUCK', exitCodes.failed, 'The retrain schedule started no run.');
  telling.log(`The retrain rule said: ${retrained.grounds.join('; ')}.`);
  telling.log(`${retrained.summary} Its promotion waits in a run of its own, so the schedule is not held up.`);
  const promotion = telling.client.workflow.getHandle(retrained.promotionWorkflowId ?? '');
  await promoteWithApproval(telling, promotion, 'AUC holds, log loss a little worse: accepted for fresher data');
}

async function refuseBadChallenger(telling: Telling): Promise<void> {
  heading(telling, '6. A bad challenger');
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

async function rollBack(telling: Telling): Promise<void> {
  heading(telling, '7. Complaints at 3 a.m.: roll back');
  const result = await run(telling, 'rollback', {
    by: 'Night shift',
    reason: 'airlines complain about false alarms',
  });
  telling.log('The night shift starts `rollback`, reason: airlines complain about false alarms.');
  telling.log(result.summary);
  telling.log(`  champion before  version ${result.from.version}`);
  telling.log(`  champion after   version ${result.to.version}; the alias: ${result.alias}`);
  telling.log(
    `  windows          ${result.windows.join(', ')} in one commit (table version ${String(result.tableVersion)}), ${String(result.fromShadow)} from shadow scores, ${String(result.rescored)} scored again`,
  );
  telling.log(
    `  corrections      ${result.correctionFile ?? 'none'}: ${count(result.decisionsChanged)} decisions, old and new, for those who acted on them`,
  );
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

/** Waits for the gates, shows what a person sees, approves as a person would, and tells what changed. */
async function promoteWithApproval(telling: Telling, handle: WorkflowHandle, reason: string): Promise<void> {
  const waiting = await followWorkflow<PromoteResult>({
    handle,
    progress: quiet,
    signal: new AbortController().signal,
    until: (status: WorkflowStatus) => status.deadlineAt !== null,
  });
  await tellReport(telling);
  if (waiting.status !== 'paused-at')
    throw new CommandFailure('DEMO_STUCK', exitCodes.failed, 'The promotion did not ask for an approval.');
  const reportDigest = waiting.workflowStatus.reportDigest ?? '';
  telling.log(`\nThe run waits for a person: ${runUrl(telling.settings, handle.workflowId, '') ?? handle.workflowId}`);
  telling.log(
    `${approver} has read report ${reportDigest.slice(0, 12)} and sends the signal \`approve\` ("${reason}").`,
  );
  await handle.signal('approve', { reportDigest: reportDigest.slice(0, 12), by: approver, reason });
  const followed = await followWorkflow<PromoteResult>({
    handle,
    progress: quiet,
    signal: new AbortController().signal,
    until: isUnderWay,
  });
  if (followed.status !== 'completed') {
    telling.log('PROMOTED, and watched: the champion before it scores in shadow, and harm that is shown rolls back.');
    return;
  }
  const { result } = followed;
  const before = result.championBefore === null ? 'none' : `version ${result.championBefore.version}`;
  telling.log(`${result.status.toUpperCase()}: ${result.summary}`);
  telling.log(`  approved by      ${result.approvedBy ?? '?'}, report ${reportDigest}`);
  telling.log(`  champion before  ${before}`);
  telling.log(`  champion after   version ${result.championAfter?.version ?? '?'}; the alias: ${result.alias ?? '?'}`);
}

async function tellReport({ services, log }: Telling): Promise<void> {
  const { records } = await readLedger(services.store, pipeline);
  log(`\n${renderReport(await findReport(services.store, pipeline, records))}`);
}

/** Every nominal time of a schedule in [from, to), to its result. Throws when one run failed. */
async function backfill<T extends ScheduledType>(
  telling: Telling,
  type: T,
  days: { readonly from: string; readonly to: string },
): Promise<readonly WorkflowResults[T][]> {
  const range = { start: new Date(days.from).toISOString(), end: new Date(days.to).toISOString() };
  const started = await startBackfill(telling.client, { pipeline, type, range });
  const rows = await followBackfill(telling.client, started, { progress: quiet, signal: new AbortController().signal });
  return rows.map(({ result, summary }) => {
    if (result === null) throw new CommandFailure('DEMO_STUCK', exitCodes.failed, summary);
    return result as WorkflowResults[T];
  });
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

async function start({ client }: Telling, type: WorkflowType, input: object): Promise<WorkflowHandle> {
  return client.workflow.start(type, {
    workflowId: `${type}/${pipeline}/${new Date().toISOString()}`,
    taskQueue: taskQueues.control,
    args: [{ pipeline, ...input }],
    staticSummary: `${type} ${pipeline}`,
  });
}

async function run<T extends WorkflowType>(telling: Telling, type: T, input: object): Promise<WorkflowResults[T]> {
  return (await (await start(telling, type, input)).result()) as WorkflowResults[T];
}

function heading({ log }: Pick<Telling, 'log'>, title: string): void {
  log(`\n=== ${title} ${'='.repeat(Math.max(3, 76 - title.length))}`);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function fixed(value: number | undefined): string {
  return value === undefined ? '?' : value.toFixed(4);
}
