import type { Command } from 'commander';
import { readLedger } from '../activities/ledger/read-ledger.js';
import { seeRegistry } from '../activities/registry-watch/look-at-registry.js';
import type { Registry } from '../activities/ports/registry.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { Services } from '../workers/services.js';
import { runCommand } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline, listKnownPipelines } from './known-pipelines.js';
import { parseCount } from './option-values.js';
import { composeStatus, type AliasReading, type PipelineStatus } from './pipeline-status.js';
import { renderOverview, renderStatus } from './status-text.js';

/** A status is asked for often; a registry that is away must not make it slow. */
const registryPatienceMs = 2_000;

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
        const statuses = await loadStatuses(services, names, limit);
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

/** All at once: a registry that is away costs its patience once, not once per pipeline. */
function loadStatuses(
  services: Pick<Services, 'store' | 'table' | 'registry'>,
  pipelines: readonly string[],
  limit: number,
): Promise<readonly PipelineStatus[]> {
  return Promise.all(pipelines.map((pipeline) => loadStatus(services, pipeline, limit)));
}

/** The status of one pipeline, read from the store; the registry is asked for the alias only. */
export async function loadStatus(
  { store, table, registry }: Pick<Services, 'store' | 'table' | 'registry'>,
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
    limit,
  });
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
