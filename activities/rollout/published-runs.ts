import type { PublishedRun } from '../../domain/rollout/plan-look.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import { windowOf } from '../window-partition.js';

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
  return [...served.windows.values()].map((published): PublishedRun => {
    const { start } = windowOf({ window: published.window, windowEnd: '' });
    const files = served.files.filter(({ window }) => window === published.window);
    const end = files[0]?.windowEnd ?? new Date(Date.parse(start) + everyMs).toISOString();
    return {
      window: { start, end },
      decisionEpoch: published.decisionEpoch,
      served: files,
      shadows: shadows.files.filter(
        ({ window, runIdentity }) => window === published.window && runIdentity === published.identity,
      ),
    };
  });
}
