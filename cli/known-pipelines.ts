import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Definitions } from '../activities/ports/definitions.js';
import type { Store } from '../activities/ports/store.js';
import { PermanentFailure } from '../domain/failure-types.js';

interface KnownFrom {
  readonly store: Store;
  readonly definitions: Definitions;
}

/** Pipelines that have a definition or a ledger: one whose definition was removed keeps its history. */
export async function listKnownPipelines(services: KnownFrom): Promise<readonly string[]> {
  const [written, recorded] = await Promise.all([services.definitions.list(), services.store.list('ledger')]);
  return [...new Set([...written, ...recorded])].sort();
}

/** Throws UNKNOWN_PIPELINE naming the known ones, unless the pipeline is one of them. */
export async function assertKnownPipeline(services: KnownFrom, pipeline: string): Promise<void> {
  if (!(await listKnownPipelines(services)).includes(pipeline)) await services.definitions.load(pipeline);
}

/**
 * Throws UNKNOWN_PIPELINE before a run of it is started. Where no definitions are at hand, or the store cannot be read
 * from here, nothing is refused: the workers may have what this machine has not, and the workflow decides.
 */
export async function refuseUnknownPipeline(
  context: { readonly settings: { readonly pipelinesDir: string }; services(): Promise<KnownFrom> },
  pipeline: string,
): Promise<void> {
  const folder = await stat(path.join(context.settings.pipelinesDir, pipeline)).catch(() => null);
  if (folder !== null) return;
  try {
    const opened = await context.services();
    if ((await opened.definitions.list()).length > 0) await assertKnownPipeline(opened, pipeline);
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'UNKNOWN_PIPELINE') throw error;
  }
}
