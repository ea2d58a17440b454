import type { Command } from 'commander';
import type { WorkflowType } from '../domain/workflow-inputs.js';
import type { WorkflowStatus } from '../workflows/api.js';
import type { CommandContext, CommandOutcome } from './command-context.js';
import { asCommandFailure } from './command-examples.js';
import { exitCodes } from './exit-codes.js';
import { followWorkflow } from './follow-workflow.js';
import { whileInterruptible } from './interruption.js';
import { refuseUnknownPipeline } from './known-pipelines.js';
import { runUrl } from './run-links.js';
import { startWorkflow, type StartedRun } from './start-workflow.js';
import { readResult, type WorkflowResults } from './workflow-outcomes.js';
import { osUser, planStart } from './workflow-starts.js';

/** Options of every verb that starts a workflow. */
export interface StartOptions {
  readonly json?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly detach?: boolean;
}

export function addStartOptions(verb: Command): Command {
  return verb
    .option('--reason <text>', 'why, for the ledger')
    .option('--by <name>', 'who starts it (default: your user name)')
    .option('--detach', 'return after the start instead of following to the result');
}

/** A start, and the state in which following it is over although the run goes on. */
export interface RunRequest<T extends WorkflowType> {
  readonly type: T;
  /** The verb that was typed, where it is not called like the workflow. */
  readonly verb?: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly options: StartOptions;
  readonly until?: (status: WorkflowStatus) => boolean;
  readonly whenPaused?: (run: StartedRun, status: WorkflowStatus) => CommandOutcome;
}

/** Starts a workflow and follows it to its result. What fails is said with commands, not with inputs for the UI. */
export async function runWorkflow<T extends WorkflowType>(
  context: CommandContext,
  request: RunRequest<T>,
): Promise<CommandOutcome> {
  try {
    return await startAndFollow(context, request);
  } catch (error) {
    throw asCommandFailure(error, { verb: request.verb ?? request.type, pipeline: String(request.input['pipeline']) });
  }
}

async function startAndFollow<T extends WorkflowType>(
  context: CommandContext,
  request: RunRequest<T>,
): Promise<CommandOutcome> {
  const { type, input, options, until, whenPaused } = request;
  const who = { reason: options.reason, by: options.by ?? osUser() };
  const start = planStart(type, { ...input, ...who }, new Date().toISOString());
  await refuseUnknownPipeline(context, start.input.pipeline);
  const run = await startWorkflow(await context.temporal(), start);
  if (options.detach === true) return leftRunning(context, run, `Started ${run.workflowId}.`);
  context.progress.tell(`${start.summary}: ${linkOf(context, run) ?? run.workflowId}`);
  const followed = await whileInterruptible((signal) =>
    followWorkflow<WorkflowResults[T]>({
      handle: run.handle,
      progress: context.progress,
      signal,
      ...(until === undefined ? {} : { until }),
    }),
  );
  switch (followed.status) {
    case 'completed':
      return completed(context, run, type, followed.result);
    case 'paused-at':
      if (whenPaused !== undefined) return whenPaused(run, followed.workflowStatus);
      return leftRunning(context, run, `${run.workflowId} goes on.`);
    case 'stopped':
      return interrupted(context, run);
  }
}

function completed<T extends WorkflowType>(
  context: CommandContext,
  run: StartedRun,
  type: T,
  result: WorkflowResults[T],
): CommandOutcome {
  return { ...readResult(type, result), json: { ...runFacts(context, run), result } };
}

function interrupted(context: CommandContext, run: StartedRun): CommandOutcome {
  const text = `Stopped following. ${run.workflowId} goes on; stop it in the Temporal UI, or with \`gauntlet abort\` where it is a promotion.`;
  return { ...leftRunning(context, run, text), exitCode: exitCodes.interrupted };
}

function leftRunning(context: CommandContext, run: StartedRun, text: string): CommandOutcome {
  const link = linkOf(context, run);
  return {
    exitCode: exitCodes.done,
    text: link === null ? text : `${text}\n  ${link}`,
    json: { ...runFacts(context, run), status: 'running' },
  };
}

/** What scripts need to find the run again. */
export function runFacts(context: CommandContext, { workflowId, runId }: StartedRun) {
  return { workflowId, runId, url: runUrl(context.settings, workflowId, runId) };
}

function linkOf(context: CommandContext, run: StartedRun): string | null {
  return runUrl(context.settings, run.workflowId, run.runId);
}
