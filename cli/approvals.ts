import type { Command } from 'commander';
import { sayApprovals } from '../domain/promotion/asked-people.js';
import { statusQueryName, type WorkflowStatus } from '../workflows/api.js';
import { runCommand, type CommandContext } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline, listKnownPipelines } from './known-pipelines.js';
import { runUrl } from './run-links.js';
import { formatInstant, renderFields, shortDigest } from './text-table.js';
import { loadWaiting, type WaitingApproval } from './waiting-approvals.js';

/** A server that is away must not make a question to the ledger slow. */
const patienceMs = 2_000;

export function registerApprovals(program: Command): void {
  defineVerb(program, {
    usage: 'approvals [pipeline]',
    description: 'What waits for people: for whom, since when, until when, and what to type; needs no server',
    examples: ['gauntlet approvals', 'gauntlet approvals flights --json'],
  }).action((pipeline: string | undefined, options: { json?: boolean }) =>
    runCommand(options, async (context) => {
      const services = await context.services();
      if (pipeline !== undefined) await assertKnownPipeline(services, pipeline);
      const names = pipeline === undefined ? await listKnownPipelines(services) : [pipeline];
      const found = await Promise.all(names.map((name) => loadWaiting(services, name)));
      const waiting = await askRuns(
        context,
        found.flatMap((each) => each ?? []),
      );
      const text = waiting.length === 0 ? 'Nothing waits for a person.' : waiting.map(renderWaiting).join('\n\n');
      return { exitCode: exitCodes.done, text, json: { waiting } };
    }),
  );
}

/** What waits, with what its run says about itself; `phase` is null where the run did not answer. */
type ListedApproval = WaitingApproval & { readonly url: string | null; readonly phase: string | null };

async function askRuns(
  context: CommandContext,
  waiting: readonly WaitingApproval[],
): Promise<readonly ListedApproval[]> {
  const client = waiting.length === 0 ? null : await context.temporal().catch(() => null);
  return Promise.all(
    waiting.map(async (each) => {
      if (each.run === null) return { ...each, url: null, phase: null };
      const { workflowId, runId } = each.run;
      const handle = client?.workflow.getHandle(workflowId, runId);
      const status = await client
        ?.withDeadline(Date.now() + patienceMs, async () => handle?.query<WorkflowStatus>(statusQueryName))
        .catch(() => undefined);
      return { ...each, url: runUrl(context.settings, workflowId, runId), phase: status?.phase ?? null };
    }),
  );
}

function renderWaiting(each: ListedApproval): string {
  const { pipeline, challengerVersion, kind, reportDigest, since, until, url, run, phase, commands } = each;
  const what = kind === 'report' ? 'gate report' : 'look at the rollout that settled nothing';
  const fields = renderFields([
    ['what', `${what} ${shortDigest(reportDigest)}`],
    ['waits for', sayApprovals(each)],
    ['since', formatInstant(since)],
    ['until', until === null ? 'somebody decides' : formatInstant(until)],
    ['run', `${url ?? run?.workflowId ?? 'unknown'}${phase === null ? ', which did not answer' : ` (${phase})`}`],
    ['to decide', commands.join('\n')],
  ]);
  return `${pipeline} v${challengerVersion}\n${fields}`;
}
