import type { TableFile } from './published-table.js';

/** Consecutive parts of a snapshot that one activity scores, one after the other on one slot. */
export interface ShardSpan {
  readonly firstPart: number;
  readonly parts: number;
}

/** Three parts are 1.5 million rows: enough work that a step's own time is lost in it, and two steps for two cores at 3 million. */
const partsPerShard = 3;

/** A run's history holds a few events for each shard, so their number may not grow with the rows: beyond it shards grow. */
const maxShards = 200;

/** Divides a snapshot's parts into shards whose sizes differ by one part at most. */
export function planShards(parts: number): readonly ShardSpan[] {
  const shards = Math.min(maxShards, Math.ceil(parts / partsPerShard));
  const firstOf = (shard: number): number => Math.floor((shard * parts) / shards);
  return Array.from({ length: shards }, (_, shard) => ({
    firstPart: firstOf(shard),
    parts: firstOf(shard + 1) - firstOf(shard),
  }));
}

/**
 * The live files that can hold rows of a part. A publication of the same snapshot by one model has one file for each
 * part, in order; of another snapshot, or where a challenger served or was taken back, any file may hold any of its keys.
 */
export function chooseLiveFiles(args: {
  readonly live: readonly TableFile[];
  readonly snapshotDigest: string;
  readonly partIndex: number;
  readonly parts: number;
}): readonly TableFile[] {
  const { live, snapshotDigest, partIndex, parts } = args;
  const [first] = live;
  const isSamePlan =
    live.length === parts &&
    live.every(
      (file) =>
        file.snapshotDigest === snapshotDigest &&
        file.modelDigest === first?.modelDigest &&
        file.runIdentity === first.runIdentity,
    );
  return isSamePlan ? live.slice(partIndex, partIndex + 1) : live;
}
