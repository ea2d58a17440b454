import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { readLedger } from '../activities/ledger/read-ledger.js';
import type { Store } from '../activities/ports/store.js';
import { approvalsOf } from '../domain/ledger/questions.js';
import type { Recorded } from '../domain/ledger/state.js';
import type { DecisionReceived } from '../domain/ledger/decision-events.js';
import type { ParsedDecision } from '../domain/promotion/decision-message.js';
import {
  signalNames,
  taskQueues,
  type DecisionMessage,
  type PromoteInput,
  type PromoteResult,
  type WorkflowStatus,
} from '../workflows/api.js';
import { CommandFailure } from './command-error.js';
import type { CommandContext, CommandOutcome } from './command-context.js';
import { exitCodes } from './exit-codes.js';
import { composeDecision, nounOf, type DecisionOptions } from './compose-decision.js';
import { findPromotion, type FoundPromotion } from './find-promotion.js';
import { followWorkflow } from './follow-workflow.js';
import { whileInterruptible } from './interruption.js';
import { describeUnderWay, isUnderWay } from './rollout-text.js';
import { runUrl } from './run-links.js';
import { readResult } from './workflow-outcomes.js';

/** The ledger shows a decision within a second where a worker is up; gates under way may take longer. */
const recordedWithinMs = 60_000;
const pollMs = 300;

/** Sends a decision as the UI would, waits until the ledger shows whether it counted, and says what followed. */
export async function decidePromotion(
  context: CommandContext,
  decision: ParsedDecision['decision'],
  pipeline: string,
  options: DecisionOptions,
): Promise<CommandOutcome> {
  const { store, definitions } = await context.services();
  const ledger = await readLedger(store, pipeline);
  const found = findPromotion(pipeline, ledger);
  const message = await composeDecision(definitions, { decision, pipeline, promotion: found.promotion, options });
  const handle = await sendDecision(context, { found, decision, message, pipeline }, options.workflow);
  context.progress.tell(`Sent: ${decision} by ${message.by} to ${handle.workflowId}.`);
  return whileInterruptible(async (stop) => {
    const patience = AbortSignal.any([stop, AbortSignal.timeout(recordedWithinMs)]);
    const recorded = await awaitRecord(
      store,
      pipeline,
      { found, decision, message, since: ledger.state.head.number },
      patience,
    );
    if (recorded === null) return notRecorded(context, handle, decision);
    if (!recorded.accepted) return didNotCount(context, handle, recorded);
    context.progress.tell(`Recorded as ledger record ${String(recorded.recordNumber)}: ${recorded.note}.`);
    const missing = await missingApprovals(store, pipeline, recorded);
    if (missing > 0 && options.wait !== true) return waitsForOthers(context, handle, recorded, missing);
    const signal = options.wait === true ? stop : patience;
    const followed = await followWorkflow<PromoteResult>({
      handle,
      progress: context.progress,
      signal,
      // What was approved may roll out for weeks; a rejection or an abort ends it within minutes.
      ...(decision === 'approve' && options.wait !== true ? { until: isUnderWay } : {}),
    });
    if (followed.status === 'paused-at') return goesOn(context, handle, recorded, followed.workflowStatus);
    return afterDecision(context, handle, recorded, followed.status === 'completed' ? followed.result : null);
  });
}

interface Decision {
  readonly found: FoundPromotion;
  readonly decision: ParsedDecision['decision'];
  readonly message: DecisionMessage;
  readonly pipeline: string;
}

/**
 * Sends it to the run that works on the promotion, whichever continues it now. Where that run is dead an abort starts the
 * next one, which takes the promotion over, hears the abort first and closes it.
 */
async function sendDecision(
  context: CommandContext,
  sent: Decision,
  workflowId = sent.found.owner.workflowId,
): Promise<WorkflowHandle> {
  const { decision, message, pipeline } = sent;
  const client = await context.temporal();
  const handle = client.workflow.getHandle(workflowId);
  try {
    await handle.signal<[DecisionMessage]>(decision, message);
    return handle;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if (decision === 'abort') return startWithAbort(client, sent, workflowId);
    const text = `${workflowId} has ended, so nobody hears the ${nounOf(decision)}. Starting the promotion again takes it up where it stopped.`;
    throw new CommandFailure('NO_OPEN_PROMOTION', exitCodes.no, text, {
      example: `gauntlet promote ${pipeline}`,
      cause: error,
    });
  }
}

async function startWithAbort(
  client: Client,
  { found, message, pipeline }: Decision,
  workflowId: string,
): Promise<WorkflowHandle> {
  const { promotionId, challenger } = found.promotion;
  const input: PromoteInput = {
    pipeline,
    version: challenger.version,
    by: message.by,
    ...(message.reason === undefined ? {} : { reason: message.reason }),
    resumes: promotionId,
  };
  await client.workflow.signalWithStart('promote', {
    workflowId,
    taskQueue: taskQueues.control,
    args: [input],
    signal: signalNames.abort,
    signalArgs: [message],
    staticSummary: `Close the promotion of ${pipeline} version ${challenger.version}`,
  });
  return client.workflow.getHandle(workflowId);
}

interface SentDecision {
  readonly found: FoundPromotion;
  readonly decision: ParsedDecision['decision'];
  readonly message: DecisionMessage;
  /** Ledger head when it was sent. */
  readonly since: number;
}

/** The record of a decision that was just sent; null when it did not come in time. */
async function awaitRecord(
  store: Store,
  pipeline: string,
  { found, decision, message, since }: SentDecision,
  signal: AbortSignal,
): Promise<Recorded<DecisionReceived> | null> {
  while (!signal.aborted) {
    const { state } = await readLedger(store, pipeline);
    const record = state.promotions
      .get(found.promotion.promotionId)
      ?.decisions.find(
        (known) =>
          known.recordNumber > since &&
          known.decision === decision &&
          known.by === message.by.trim() &&
          (message.nonce === undefined || known.nonce === message.nonce),
      );
    if (record !== undefined) return record;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

/** How many people have to approve besides, once this one did; 0 when the decision is settled. */
async function missingApprovals(store: Store, pipeline: string, recorded: Recorded<DecisionReceived>): Promise<number> {
  const { decision, reportDigest, promotionId, quorum = 1 } = recorded;
  const { state } = await readLedger(store, pipeline);
  const promotion = state.promotions.get(promotionId);
  const isAboutReport = promotion?.report?.reportDigest === reportDigest;
  if (decision !== 'approve' || promotion === undefined || reportDigest === null || !isAboutReport) return 0;
  return Math.max(0, quorum - approvalsOf(promotion, reportDigest).length);
}

function waitsForOthers(
  context: CommandContext,
  handle: WorkflowHandle,
  recorded: Recorded<DecisionReceived>,
  missing: number,
): CommandOutcome {
  const text = `The approval counts; ${String(missing)} more of other people ${missing === 1 ? 'is' : 'are'} needed. See \`gauntlet approvals\`.`;
  const json = { ...facts(context, handle), decision: recorded.decision, recorded, missing, result: null };
  return { exitCode: exitCodes.done, text, json };
}

function facts(context: CommandContext, handle: WorkflowHandle) {
  const { workflowId } = handle;
  return { workflowId, url: runUrl(context.settings, workflowId) };
}

function notRecorded(
  context: CommandContext,
  handle: WorkflowHandle,
  decision: ParsedDecision['decision'],
): CommandOutcome {
  const text = `The ${nounOf(decision)} was sent, but the ledger does not show it yet. The promotion reads it after the step it is in; see its page.`;
  return {
    exitCode: exitCodes.failed,
    text,
    json: { ...facts(context, handle), decision, recorded: null, result: null },
  };
}

function didNotCount(
  context: CommandContext,
  handle: WorkflowHandle,
  recorded: Recorded<DecisionReceived>,
): CommandOutcome {
  const text = `The ${nounOf(recorded.decision)} did not count: ${recorded.note}. It is kept as ledger record ${String(recorded.recordNumber)}.`;
  return {
    exitCode: exitCodes.no,
    text,
    json: { ...facts(context, handle), decision: recorded.decision, recorded, result: null },
  };
}

/** An approval that counts, of something that takes its time. */
function goesOn(
  context: CommandContext,
  handle: WorkflowHandle,
  recorded: Recorded<DecisionReceived>,
  status: WorkflowStatus,
): CommandOutcome {
  const pipeline = recorded.promotionId.split('/')[0] ?? '';
  return {
    exitCode: exitCodes.done,
    text: `The approval counts. ${describeUnderWay(pipeline, status)}`,
    json: {
      ...facts(context, handle),
      ...{ decision: recorded.decision, recorded, result: null, status: 'under-way', rollout: status.rollout },
    },
  };
}

/** A reject or abort that counts did what was asked, so it is done, whatever the promotion's own result is called. */
function afterDecision(
  context: CommandContext,
  handle: WorkflowHandle,
  recorded: Recorded<DecisionReceived>,
  result: PromoteResult | null,
): CommandOutcome {
  const json = { ...facts(context, handle), decision: recorded.decision, recorded, result };
  if (result === null) {
    return {
      exitCode: exitCodes.done,
      text: 'The decision counts. The promotion is still at work; --wait stays.',
      json,
    };
  }
  const { text, exitCode } = readResult('promote', { ...result, gates: null });
  return { exitCode: recorded.decision === 'approve' ? exitCode : exitCodes.done, text, json };
}
