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

/** For verbs that only read. Throws UNKNOWN_PIPELINE naming the known ones, unless the pipeline is one of them. */
export async function assertKnownPipeline(services: KnownFrom, pipeline: string): Promise<void> {
  const known = await listKnownPipelines(services);
  if (known.includes(pipeline)) return;
  const expected = known.length === 0 ? 'a folder with a pipeline.ts under pipelines/' : `one of ${known.join(', ')}`;
  throw new PermanentFailure('UNKNOWN_PIPELINE', `There is no pipeline called ${JSON.stringify(pipeline)}.`, {
    problems: [{ field: 'pipeline', found: JSON.stringify(pipeline), expected }],
    example: known[0] === undefined ? 'gauntlet status' : `gauntlet status ${known[0]}`,
  });
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
    const isKnown = async () => (await listKnownPipelines(opened)).includes(pipeline);
    // The failure of a definition that is not there has an input as its example, which becomes that of the verb.
    if ((await opened.definitions.list()).length > 0 && !(await isKnown())) await opened.definitions.load(pipeline);
  } catch (error) {
    if (error instanceof PermanentFailure && error.type === 'UNKNOWN_PIPELINE') throw error;
  }
}
