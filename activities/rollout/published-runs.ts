import type { PublishedRun } from '../../domain/rollout/plan-look.js';
import type { PredictionTable, TableCommit } from '../ports/prediction-table.js';
import { spanOf } from '../window-partition.js';

/**
 * Every window as it is published now, with the shadow scores of the very run that serves it: shadows count only
 * together with the served commit of their run. A window that was published as empty has no files.
 */
export async function loadPublishedRuns(
  table: PredictionTable,
  { pipeline, everyMs }: { readonly pipeline: string; readonly everyMs: number },
): Promise<readonly PublishedRun[]> {
  // In this order: shadows are committed before what is served, so those of every run that is seen are there.
  const served = await table.load(pipeline, 'predictions');
  const shadows = await table.load(pipeline, 'shadow-predictions');
  const firstVersions = findFirstVersions(await table.history(pipeline, 'predictions'));
  return [...served.windows.values()].map((published): PublishedRun => {
    const files = served.files.filter(({ window }) => window === published.window);
    return {
      window: spanOf(published.window, files, everyMs),
      runIdentity: published.identity,
      decisionEpoch: published.decisionEpoch,
      firstVersion: firstVersions.get(epochKey(published.window, published.decisionEpoch)) ?? published.version,
      served: files,
      shadows: shadows.files.filter(
        ({ window, runIdentity }) => window === published.window && runIdentity === published.identity,
      ),
    };
  });
}

/** When each window was first published under each epoch. */
function findFirstVersions(commits: readonly TableCommit[]): ReadonlyMap<string, number> {
  const latestFirst = commits.flatMap(({ windows, decisionEpoch, version }) =>
    windows.map((window) => [epochKey(window, decisionEpoch), version] as const),
  );
  return new Map(latestFirst.reverse());
}

function epochKey(window: string, decisionEpoch: number): string {
  return `${window} ${String(decisionEpoch)}`;
}
