import { formatDuration } from '../duration.js';
import { folderOf } from './references.js';
import type { FileCase, Verdict } from './retention-verdict.js';

/**
 * A file of a snapshot. Manifests stay for ever: they are small, and say what every publication was made from. Parts go
 * when nothing was made from them that is still needed; a run that asks for the same rows again builds them again.
 */
export function decideSnapshotFile({ facts, references, ages, file }: FileCase): Verdict {
  const { snapshotsAfterMs, graceMs } = facts.policy;
  const [, , digest = '', name = '', deeper] = file.path.split('/');
  if (digest === 'requests') return { keep: 'says which snapshot answers a request' };
  if (name === 'manifest.json') return { keep: 'a manifest' };
  if (deeper !== undefined || !name.endsWith('.parquet')) return { keep: 'not a kind of file that a rule collects' };
  const sha256 = facts.manifested.get(file.path);
  if (sha256 === undefined) {
    if (references.wholeFolders.has(folderOf(file.path))) return { keep: 'beside a manifest' };
    if (ages.ofFolder(file) >= graceMs) return { rule: 'unfinished', sha256: null };
    return { keep: `a snapshot without manifest, younger than ${formatDuration(graceMs)}` };
  }
  const needed = references.snapshots.get(digest);
  if (needed !== undefined) return { keep: needed };
  if (snapshotsAfterMs === null) return { keep: 'snapshots are kept' };
  if (ages.ofFolder(file) < snapshotsAfterMs) return { keep: `younger than ${formatDuration(snapshotsAfterMs)}` };
  return { rule: 'snapshots', sha256 };
}
