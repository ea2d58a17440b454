import { formatDuration } from '../duration.js';
import { isRecordedRule, type CollectRule, type FileDecision, type RetentionFacts } from './collection-plan.js';
import { decideModelFile } from './model-files.js';
import { computeReferences, folderOf } from './references.js';
import type { Ages, Verdict } from './retention-verdict.js';
import { decideSnapshotFile } from './snapshot-files.js';
import type { StoredFile } from './stored-file.js';
import { decideTableFile } from './table-files.js';

/**
 * What happens to every file of the listing: kept, with the reason, or collected, with the rule. A file that no rule is
 * about is kept. Pure: the same facts give the same plan, and a plan made again right before removal is how a file that
 * somebody began to use meanwhile is spared.
 */
export function planCollection(facts: RetentionFacts): readonly FileDecision[] {
  const references = computeReferences(facts);
  const ages = computeAges(facts);
  const decideStored = (file: StoredFile): Verdict => {
    const [top = '', owner = ''] = file.path.split('/');
    const table = facts.tables.find(({ folder }) => file.path.startsWith(`${folder}/`));
    if (table !== undefined) return decideTableFile({ facts, references, ages, table, file });
    if (top === 'models') return decideModelFile({ facts, references, ages, file });
    if (owner !== facts.pipeline) return { keep: 'of another pipeline' };
    if (top === 'snapshots') return decideSnapshotFile({ facts, references, ages, file });
    if (top === 'evaluations' || top === 'shards') return decideResult(facts, ages, top, file);
    return { keep: 'not a kind of file that a rule collects' };
  };
  return [
    ...facts.files.map((file) => toDecision(facts, file, decideStored(file))),
    ...facts.staged.map((file) =>
      toDecision(facts, { ...file, path: `.staging/${file.name}` }, decideStaged(facts, file)),
    ),
  ];
}

function decideStaged(facts: RetentionFacts, file: RetentionFacts['staged'][number]): Verdict {
  if (file.isOwnerAlive) return { keep: 'the process that writes it is alive' };
  const ageMs = Date.parse(facts.now) - Date.parse(file.modifiedAt);
  if (ageMs < facts.policy.stagedAfterMs) return { keep: 'a staged file that is young' };
  return { rule: 'staged', sha256: null };
}

/** Fold files of backtests and records of scored parts: read by their own run only. */
function decideResult(
  { policy }: RetentionFacts,
  ages: Ages,
  rule: 'evaluations' | 'shards',
  file: StoredFile,
): Verdict {
  if (ages.ofFile(file) >= policy.graceMs) return { rule, sha256: null };
  return { keep: `younger than ${formatDuration(policy.graceMs)}: its run may go on` };
}

function toDecision(facts: RetentionFacts, file: StoredFile, verdict: Verdict): FileDecision {
  const { path, bytes } = file;
  if ('keep' in verdict) return { status: 'keep', path, bytes, why: verdict.keep };
  const recordNumber = isRecordedRule(verdict.rule) ? recordOf(facts, file, verdict.rule) : null;
  return { status: 'collect', path, bytes, ...verdict, recordNumber };
}

/** A record is about the file that was there when it was written; one that came back since needs another. */
function recordOf({ ledger }: RetentionFacts, file: StoredFile, rule: CollectRule): number | null {
  const recorded = ledger.collected.get(file.path);
  if (recorded?.rule !== rule) return null;
  return Date.parse(recorded.at) > Date.parse(file.modifiedAt) ? recorded.recordNumber : null;
}

/** Folders that came to be as one are as young as their youngest file. */
function computeAges({ now, files }: RetentionFacts): Ages {
  const ageOf = (file: StoredFile): number => Date.parse(now) - Date.parse(file.modifiedAt);
  const folders = new Map<string, number>();
  for (const file of files) {
    const folder = folderOf(file.path);
    folders.set(folder, Math.min(ageOf(file), folders.get(folder) ?? Number.POSITIVE_INFINITY));
  }
  return {
    ofFile: ageOf,
    ofFolder: (file) => folders.get(folderOf(file.path)) ?? ageOf(file),
  };
}
