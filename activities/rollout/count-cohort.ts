import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { TableFile } from '../../domain/published-table.js';
import type { CohortSize } from '../../domain/rollout/analysis.js';
import type { LookTarget, LookSides, LookWindow } from '../../domain/rollout/plan-look.js';
import { localFile } from './compare-windows.js';
import type { LookServices } from './look-services.js';

/**
 * Whom both sides served in the windows of a step that serves a share. Null where nobody is drawn: in shadow, in the watch,
 * while no window has rows, and where they cannot be counted because a snapshot is gone. Counts of an earlier look stand
 * while the files are the same.
 */
export async function countCohort(
  services: LookServices,
  args: {
    readonly pipeline: string;
    readonly target: LookTarget;
    readonly sides: LookSides;
    readonly planned: readonly LookWindow[];
    readonly earlier: CohortSize | null;
  },
): Promise<CohortSize | null> {
  const { pipeline, target, sides, planned, earlier } = args;
  if (target.phase === 'watch' || target.sharePercent === 0) return null;
  const own = planned.filter(({ isOwn, status }) => isOwn && status === 'compare');
  const served = own.flatMap((window) => window.served);
  if (served.length === 0) return null;
  const filesDigest = digestOf(served.map(({ sha256 }) => sha256));
  if (earlier?.filesDigest === filesDigest) return earlier;
  try {
    return { filesDigest, ...(await countServed(services, { pipeline, sides, served })) };
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}

async function countServed(
  services: LookServices,
  {
    pipeline,
    sides,
    served,
  }: { readonly pipeline: string; readonly sides: LookSides; readonly served: readonly TableFile[] },
): Promise<Omit<CohortSize, 'filesDigest'>> {
  const pathsOf = (modelDigest: string) =>
    Promise.all(
      served
        .filter((file) => file.modelDigest === modelDigest)
        .map((file) => localFile(services, pipeline, file, served)),
    );
  const snapshots = [...new Set(served.map(({ snapshotDigest }) => snapshotDigest))];
  const parts = await Promise.all(
    snapshots.map(async (digest) => services.dataset.localParts(await services.dataset.loadSnapshot(pipeline, digest))),
  );
  return services.comparer.countCohort({
    challengerPaths: await pathsOf(sides.challenger.modelDigest),
    championPaths: await pathsOf(sides.champion.modelDigest),
    snapshotParts: parts.flat(),
  });
}
