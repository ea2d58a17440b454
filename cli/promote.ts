import type { Command } from 'commander';
import { sayApprovals } from '../domain/promotion/asked-people.js';
import type { WorkflowStatus } from '../workflows/api.js';
import { runCommand, type CommandContext, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { addStartOptions, runFacts, runWorkflow, type StartOptions } from './run-workflow.js';
import { loadWaiting } from './waiting-approvals.js';
import { describeUnderWay, isUnderWay } from './rollout-text.js';
import type { StartedRun } from './start-workflow.js';

interface PromoteOptions extends StartOptions {
  readonly version?: string;
  readonly bootstrap?: boolean;
  readonly asOf?: string;
  readonly dryRun?: boolean;
  readonly plan?: boolean;
  readonly apply?: string;
  readonly wait?: boolean;
}

export function registerPromote(program: Command): void {
  const verb = defineVerb(program, {
    usage: 'promote <pipeline>',
    description: 'Take a version through the gates to a person’s approval, and make it champion',
    examples: [
      'gauntlet promote flights --bootstrap',
      'gauntlet promote flights --version 3 --wait',
      'gauntlet promote flights --plan',
      'gauntlet promote flights --apply 3f9c2a170b5e',
    ],
    results:
      'promoted, waiting for an approval, rolling out or watching is 0; a plan is 0 when its gates pass; a stale plan, refused, rejected, expired, aborted, superseded or open elsewhere is 3.',
  });
  addStartOptions(verb)
    .option('--version <version>', 'registry version (default: the newest that nothing speaks against)')
    .option('--bootstrap', 'the first champion, against the baseline')
    .option('--as-of <instant>', 'data clock: look at nothing known later')
    .option('--dry-run', 'measure and report, change nothing')
    .option('--plan', 'a dry run that prints the exact transition, its cost, and the command that applies it')
    .option('--apply <digest>', 'only the transition of this plan: refuses when anything in it has moved')
    .option('--wait', 'stay until somebody has decided; a rollout or a watch goes on by itself')
    .action((pipeline: string, options: PromoteOptions) =>
      runCommand(options, (context) => startPromotion(context, pipeline, options)),
    );
}

function startPromotion(context: CommandContext, pipeline: string, options: PromoteOptions): Promise<CommandOutcome> {
  const { version, bootstrap, asOf, dryRun, plan: planOnly, apply: plan } = options;
  return runWorkflow(context, {
    type: 'promote',
    input: { pipeline, version, bootstrap, asOf, dryRun, planOnly, plan },
    options,
    until: options.wait === true ? isUnderWay : (status) => isAwaitingApproval(status) || isUnderWay(status),
    whenPaused: (run, status) =>
      isAwaitingApproval(status)
        ? awaitsApproval(context, pipeline, run, status)
        : goesOn(context, pipeline, run, status),
  });
}

/** The promotion asks for a decision on the report it names; while the registry is away it waits for something else. */
export function isAwaitingApproval({ waitingFor, reportDigest }: WorkflowStatus): boolean {
  return waitingFor !== null && reportDigest !== null && waitingFor.includes(reportDigest.slice(0, 12));
}

async function awaitsApproval(
  context: CommandContext,
  pipeline: string,
  run: StartedRun,
  status: WorkflowStatus,
): Promise<CommandOutcome> {
  const digest = status.reportDigest ?? '';
  const waiting = await loadWaiting(await context.services(), pipeline);
  const who = waiting === null ? 'a person' : sayApprovals(waiting);
  const next = waiting?.commands ?? [`gauntlet approvals ${pipeline}`];
  const what = status.rollout === null || status.rollout === undefined ? 'The gates passed.' : status.rollout.sentence;
  const text = [
    `${what} The promotion waits until ${status.deadlineAt ?? 'its deadline'} for ${who}. Read the report, then decide:`,
    ...next.map((command) => `  ${command}`),
  ].join('\n');
  const facts = { reportDigest: digest, deadlineAt: status.deadlineAt, missing: waiting?.missing ?? null, next };
  return {
    exitCode: exitCodes.done,
    text,
    json: { ...runFacts(context, run), status: 'waiting-for-approval', ...facts },
  };
}

/** Weeks may lie before the end, so the command does not stay for it. */
function goesOn(context: CommandContext, pipeline: string, run: StartedRun, status: WorkflowStatus): CommandOutcome {
  return {
    exitCode: exitCodes.done,
    text: describeUnderWay(pipeline, status),
    json: { ...runFacts(context, run), status: 'under-way', rollout: status.rollout },
  };
}
