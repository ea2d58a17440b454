import { formatDuration } from '../duration.js';
import type { TableFacts } from './collection-plan.js';
import { isInHorizon, type ShownFile } from './references.js';
import type { FileCase, Verdict } from './retention-verdict.js';

/**
 * A file in a table's folder: of the log, shown by some version, or not committed by anybody. Age alone never condemns
 * a file that a publication is about to name: removal follows a record and an empty commit, so that the publication
 * has to look again.
 */
export function decideTableFile(at: FileCase & { readonly table: TableFacts }): Verdict {
  const { facts, references, ages, file, table } = at;
  const { policy } = facts;
  const inside = file.path.slice(table.folder.length + 1);
  if (inside.startsWith('_delta_log/')) return { keep: 'the log of the table' };
  if (!/^window=[^/]+\/[^/]+\.parquet$/.test(inside)) return { keep: 'not a kind of file that a rule collects' };
  const shown = references.shown.get(file.path);
  if (shown !== undefined) return decideShownFile(at, shown);
  if (table.commits.length === 0) return { keep: 'nothing was ever published here' };
  if (facts.shardFiles.has(file.path)) return { keep: 'a run that may go on scored it' };
  if (ages.ofFile(file) < policy.graceMs) {
    return { keep: `younger than ${formatDuration(policy.graceMs)}: a run may be about to publish it` };
  }
  return { rule: 'uncommitted', sha256: null };
}

function decideShownFile({ facts, references }: FileCase, shown: ShownFile): Verdict {
  const { publicationsAfterMs, rollbackHorizonMs } = facts.policy;
  if (shown.shownUntil === null) return { keep: 'live' };
  if (isInHorizon(shown, references.horizonStart)) return { keep: 'served within the rollback horizon' };
  if (publicationsAfterMs === null) return { keep: 'old publications are kept' };
  const ageMs = Date.parse(facts.now) - shown.shownUntil;
  if (ageMs < Math.max(publicationsAfterMs, rollbackHorizonMs)) {
    return { keep: `served within ${formatDuration(publicationsAfterMs)}` };
  }
  return { rule: 'publications', sha256: shown.file.sha256 };
}
