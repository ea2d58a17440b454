import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { loadCurrentPolicy } from '../activities/promotion/approval-policy.js';
import { seeRegistry } from '../activities/registry-watch/look-at-registry.js';
import type { Registry } from '../activities/ports/registry.js';
import type { Definitions } from '../activities/ports/definitions.js';
import type { Store } from '../activities/ports/store.js';
import type { WorkflowRef } from '../domain/ledger/record.js';
import { PermanentFailure } from '../domain/failure-types.js';
import type { LedgerState } from '../domain/ledger/state.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { Services } from '../workers/services.js';
import { runCommand, type CommandContext } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline, listKnownPipelines } from './known-pipelines.js';
import { parseCount } from './option-values.js';
import { composeStatus, type AliasReading, type PipelineStatus } from './pipeline-status.js';
import { findDeadRun, standingWithout } from './promotion-run.js';
import { renderOverview, renderStatus } from './status-text.js';
import { runBehind } from './waiting-approvals.js';

/** A status is asked for often; a registry that is away must not make it slow. */
const registryPatienceMs = 2_000;

/** Nor may a server that is away. */
const serverPatienceMs = 2_000;

export function registerStatus(program: Command): void {
  defineVerb(program, {
    usage: 'status [pipeline]',
    description: 'Who serves, what is open and what it waits for, what was published; needs no server',
    examples: ['gauntlet status', 'gauntlet status flights', 'gauntlet status flights --json'],
  })
    .option('--limit <n>', 'windows and verdicts to list', '5')
    .action((pipeline: string | undefined, options: { json?: boolean; limit: string }) =>
      runCommand(options, async (context) => {
        const limit = parseCount('--limit', options.limit);
        const services = await context.services();
        if (pipeline !== undefined) await assertKnownPipeline(services, pipeline);
        const names = pipeline === undefined ? await listKnownPipelines(services) : [pipeline];
        const statuses = await askRuns(context, await loadStatuses(services, names, limit));
        const [only] = statuses;
        const isOne = pipeline !== undefined && only !== undefined;
        return {
          exitCode: exitCodes.done,
          text: isOne ? renderStatus(only) : renderOverview(statuses),
          json: isOne ? only : { pipelines: statuses },
        };
      }),
    );
}

/** Only where a run works on an open promotion; without a server not at all: the ledger does not know that a run is dead. */
async function askRuns(
  context: CommandContext,
  statuses: readonly PipelineStatus[],
): Promise<readonly PipelineStatus[]> {
  const { store } = await context.services();
  const runs = await Promise.all(statuses.map((status) => findRun(store, status)));
  if (runs.every((run) => run === null)) return statuses;
  const client = await Promise.race([
    context.temporal().catch(() => null),
    sleep(serverPatienceMs, null, { ref: false }),
  ]);
  if (client === null) return statuses;
  return Promise.all(
    statuses.map(async (status, index) => {
      const { promotion, pipeline } = status;
      const run = runs[index] ?? null;
      const dead = run === null ? null : await findDeadRun(client, run);
      return promotion === null || dead === null
        ? status
        : { ...status, promotion: standingWithout(dead, promotion, pipeline) };
    }),
  );
}

async function findRun(store: Store, { promotion, pipeline }: PipelineStatus): Promise<WorkflowRef | null> {
  return promotion === null ? null : runBehind(await readLedger(store, pipeline), promotion.promotionId);
}

/** All at once: a registry that is away costs its patience once, not once per pipeline. */
function loadStatuses(
  services: Pick<Services, 'store' | 'table' | 'registry' | 'definitions'>,
  pipelines: readonly string[],
  limit: number,
): Promise<readonly PipelineStatus[]> {
  return Promise.all(pipelines.map((pipeline) => loadStatus(services, pipeline, limit)));
}

/** The status of one pipeline, read from the store; the registry is asked for the alias only. */
export async function loadStatus(
  { store, table, registry, definitions }: Pick<Services, 'store' | 'table' | 'registry' | 'definitions'>,
  pipeline: string,
  limit: number,
): Promise<PipelineStatus> {
  const { records, state } = await readLedger(store, pipeline);
  const commits = await table.history(pipeline, 'predictions');
  return composeStatus({
    pipeline,
    records,
    state,
    commits,
    table: await table.load(pipeline, 'predictions'),
    alias: await readAlias(registry, state.champion),
    plan: await readPlan(definitions, pipeline, state),
    policy: state.openPromotion === null ? null : await loadCurrentPolicy(definitions, pipeline),
    limit,
    definitionProblem: await findDefinitionProblem(definitions, pipeline),
  });
}

/** The first problem stands for all of them: whatever needs the definition lists them. */
async function findDefinitionProblem(definitions: Definitions, pipeline: string): Promise<string | null> {
  try {
    await definitions.load(pipeline);
    return null;
  } catch (error) {
    // A ledger whose definition was removed, or a store that takes no copy of it, is nothing that an edit cures.
    if (!(error instanceof PermanentFailure) || error.type !== 'INVALID_DEFINITION') return null;
    const [first, ...others] = error.problems;
    const sentence = error.message.split('\n')[0] ?? error.message;
    if (first === undefined) return sentence;
    const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
    return `${sentence} ${first.field}: found ${first.found}, expected ${first.expected}${more}`;
  }
}

/** A status says what it can also where a definition is broken or gone. */
async function readPlan(
  definitions: Definitions,
  pipeline: string,
  { openPromotion: open, splitHistory }: LedgerState,
): Promise<PipelineDefinition | null> {
  if (open === null) return null;
  const digest = splitHistory.find(({ promotionId }) => promotionId === open.promotionId)?.definitionDigest;
  try {
    return digest === undefined ? (await definitions.load(pipeline)).definition : await definitions.loadPinned(digest);
  } catch {
    return null;
  }
}

async function readAlias(registry: Registry, champion: ModelRef | null): Promise<AliasReading> {
  if (champion === null) return { status: 'not-asked' };
  try {
    const signal = AbortSignal.timeout(registryPatienceMs);
    const sight = await seeRegistry(registry, { registeredName: champion.registeredName, signal }, champion);
    return { status: 'read', sight };
  } catch (error) {
    return { status: 'away', why: whyAway(error, registry.url) };
  }
}

function whyAway(error: unknown, url: string): string {
  const isSlow = error instanceof Error && error.name === 'TimeoutError';
  if (isSlow) return `${url} did not answer within ${registryPatienceMs / 1000} s`;
  const message = error instanceof Error ? error.message : String(error);
  // Which request it was and what to check is for those who need the registry; a status does not.
  return message.split(/ (?:GET|POST) |\n/)[0] ?? message;
}
