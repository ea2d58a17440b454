import type { WorkflowHandle } from '@temporalio/client';
import { readLedger } from '../activities/ledger/read-ledger.js';
import type { PromoteResult, WorkflowStatus } from '../workflows/api.js';
import { CommandFailure } from './command-error.js';
import { exitCodes } from './exit-codes.js';
import { findReport } from './find-report.js';
import { followPromotion, pipeline, type Telling } from './demo-telling.js';
import { renderReportBrief } from './report-brief.js';
import { describeUnderWay, isUnderWay } from './rollout-text.js';
import { runUrl } from './run-links.js';

const approver = 'Maria Keller';

/** Waits for the gates, shows what a person sees, approves as a person would, and tells what follows from it. */
export async function promoteWithApproval(
  telling: Telling,
  handle: WorkflowHandle,
  { reason, isMeasuredBefore = false }: { readonly reason: string; readonly isMeasuredBefore?: boolean },
): Promise<void> {
  const waiting = await followPromotion(handle, (status) => status.deadlineAt !== null);
  if (isMeasuredBefore) telling.log('Its gates were measured again, on the same days, and passed.');
  else await tellReport(telling);
  if (waiting.status !== 'paused-at') throw stuck('The promotion did not ask for an approval.');
  const reportDigest = waiting.workflowStatus.reportDigest ?? '';
  telling.log(`\nThe run waits for a person: ${runUrl(telling.settings, handle.workflowId, '') ?? handle.workflowId}`);
  telling.log(
    `${approver} has read report ${reportDigest.slice(0, 12)} and sends the signal \`approve\` ("${reason}").`,
  );
  await handle.signal('approve', { reportDigest: reportDigest.slice(0, 12), by: approver, reason });
  const followed = await followPromotion(handle, isUnderWay);
  if (followed.status === 'completed') tellPromoted(telling, followed.result);
  else if (followed.status === 'paused-at') tellUnderWay(telling, followed.workflowStatus);
}

function tellPromoted({ log }: Telling, result: PromoteResult): void {
  const before = result.championBefore === null ? 'none' : `version ${result.championBefore.version}`;
  log(`${result.status.toUpperCase()}: ${result.summary}`);
  log(`  approved by      ${result.approvedBy ?? '?'}, report ${result.gates?.reportDigest ?? '?'}`);
  log(`  champion before  ${before}`);
  log(`  champion after   version ${result.championAfter?.version ?? '?'}; the alias: ${result.alias ?? '?'}`);
}

function tellUnderWay({ log }: Telling, status: WorkflowStatus): void {
  log('APPROVED. The champion does not change at once:');
  log(describeUnderWay(pipeline, status));
}

export async function tellReport({ services, log }: Telling): Promise<void> {
  const { records } = await readLedger(services.store, pipeline);
  log(`\n${renderReportBrief(await findReport(services.store, pipeline, records))}`);
}

export function stuck(why: string): CommandFailure {
  return new CommandFailure('DEMO_STUCK', exitCodes.failed, why);
}
