import type { Definitions } from '../activities/ports/definitions.js';
import type { Store } from '../activities/ports/store.js';

/** Pipelines that have a definition or a ledger: one whose definition was removed keeps its history. */
export async function listKnownPipelines(services: {
  readonly store: Store;
  readonly definitions: Definitions;
}): Promise<readonly string[]> {
  const [written, recorded] = await Promise.all([services.definitions.list(), services.store.list('ledger')]);
  return [...new Set([...written, ...recorded])].sort();
}

/** Throws UNKNOWN_PIPELINE naming the known ones, unless the pipeline is one of them. */
export async function assertKnownPipeline(
  services: { readonly store: Store; readonly definitions: Definitions },
  pipeline: string,
): Promise<void> {
  if (!(await listKnownPipelines(services)).includes(pipeline)) await services.definitions.load(pipeline);
}
