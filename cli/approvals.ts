import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { loadCurrentPolicy } from '../activities/promotion/approval-policy.js';
import { statusQueryName, type WorkflowStatus } from '../workflows/api.js';
import { runCommand, type CommandContext } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline, listKnownPipelines } from './known-pipelines.js';
import { runUrl } from './run-links.js';
import { countOf, formatInstant, renderFields, shortDigest } from './text-table.js';
import { findWaiting, type WaitingApproval } from './waiting-approvals.js';

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
      const found = await Promise.all(names.map((name) => loadWaiting(context, name)));
      const waiting = await askRuns(
        context,
        found.flatMap((each) => each ?? []),
      );
      const text = waiting.length === 0 ? 'Nothing waits for a person.' : waiting.map(renderWaiting).join('\n\n');
      return { exitCode: exitCodes.done, text, json: { waiting } };
    }),
  );
}

async function loadWaiting(context: CommandContext, pipeline: string): Promise<WaitingApproval | null> {
  const { store, definitions } = await context.services();
  const ledger = await readLedger(store, pipeline);
  if (ledger.state.openPromotion === null) return null;
  return findWaiting(pipeline, ledger, await loadCurrentPolicy(definitions, pipeline));
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
    ['waits for', forWhom(each)],
    ['since', formatInstant(since)],
    ['until', until === null ? 'somebody decides' : formatInstant(until)],
    ['run', `${url ?? run?.workflowId ?? 'unknown'}${phase === null ? ', which did not answer' : ` (${phase})`}`],
    ['to decide', commands.join('\n')],
  ]);
  return `${pipeline} v${challengerVersion}\n${fields}`;
}

function forWhom({ missing, quorum, approvedBy, asked, barred }: WaitingApproval): string {
  const count = quorum === 1 ? 'one approval' : `${countOf(missing, 'more approval')} of ${String(quorum)}`;
  const done = approvedBy.length === 0 ? '' : `; approved by ${approvedBy.join(', ')}`;
  const not = barred.length === 0 ? '' : ` but ${barred.join(', ')}`;
  if (asked === null) return `${count}, by anybody${not}${done}`;
  const turn = asked.length === 0 ? 'nobody is left who may' : asked.join(', ');
  const short = asked.length < missing ? '; too few people are left, see approval.approvers' : '';
  return `${count}, by ${turn}${done}${short}`;
}
