import { isRecordedRule } from '../../domain/retention/collection-plan.js';
import {
  summarisePlan,
  type CollectDecision,
  type CollectionSummary,
} from '../../domain/retention/collection-summary.js';
import { planCollection } from '../../domain/retention/plan-collection.js';
import { crashPoint } from '../crash-point.js';
import { loadRetentionFacts, type RetentionQuestion, type RetentionServices } from './load-facts.js';
import { raiseFences } from './raise-fence.js';
import { recordCollected, type CollectionStamp } from './record-collected.js';

export interface CollectArgs extends RetentionQuestion, CollectionStamp {
  /** False only says what would go. */
  readonly apply: boolean;
  readonly onProgress?: (progress: CollectionProgress) => void;
}

export interface CollectionProgress {
  readonly doing: 'listing' | 'recording' | 'removing';
  readonly done: number;
  /** Null while nobody knows. */
  readonly of: number | null;
}

export interface Collection extends CollectionSummary {
  readonly pipeline: string;
  readonly applied: boolean;
  readonly removed: { readonly files: number; readonly bytes: number };
  /** Files that somebody began to use, or removed, between the plan and its removal. */
  readonly spared: number;
  /** New ledger records. */
  readonly recordNumbers: readonly number[];
}

/**
 * Takes out what the retention rules say. Plans; names what needs it in the ledger; makes publications look again; plans
 * anew, and removes what both plans name. Safe to repeat after a kill at any point: a file with a record and without
 * its removal is removed by the next attempt.
 */
export async function collectStore(services: RetentionServices, args: CollectArgs): Promise<Collection> {
  const { pipeline, apply, onProgress = () => undefined } = args;
  const listed = (done: number): void => {
    onProgress({ doing: 'listing', done, of: null });
  };
  const summary = summarisePlan(planCollection(await loadRetentionFacts(services, args, listed)));
  const planned = {
    ...summary,
    pipeline,
    applied: apply,
    removed: { files: 0, bytes: 0 },
    spared: 0,
    recordNumbers: [],
  };
  if (!apply || summary.files.length === 0) return planned;
  crashPoint('before-collect');
  onProgress({ doing: 'recording', done: 0, of: summary.files.length });
  crashPoint('before-collect-record');
  const recordNumbers = await recordCollected(services.store, pipeline, summary.files, args);
  crashPoint('after-collect-record');
  await raiseFences(services, pipeline, summary.files, args);
  const confirmed = await confirm(services, args, summary.files);
  const removed = await removeFiles(services, confirmed, onProgress);
  crashPoint('after-collect');
  return { ...planned, removed, spared: summary.files.length - confirmed.length, recordNumbers };
}

/** What a plan made from everything as it is now still names, with its record. */
async function confirm(
  services: RetentionServices,
  args: CollectArgs,
  planned: readonly CollectDecision[],
): Promise<readonly CollectDecision[]> {
  const paths = new Set(planned.map(({ path }) => path));
  const { files } = summarisePlan(planCollection(await loadRetentionFacts(services, args)));
  return files.filter(
    ({ path, rule, recordNumber }) => paths.has(path) && (!isRecordedRule(rule) || recordNumber !== null),
  );
}

async function removeFiles(
  { store, staging }: RetentionServices,
  decisions: readonly CollectDecision[],
  onProgress: (progress: CollectionProgress) => void,
): Promise<Collection['removed']> {
  let bytes = 0;
  for (const [index, decision] of inOrder(decisions).entries()) {
    if (decision.rule === 'staged') await staging.removeStaged(decision.path.slice('.staging/'.length));
    else await store.remove(decision.path);
    bytes += decision.bytes;
    onProgress({ doing: 'removing', done: index + 1, of: decisions.length });
  }
  return { files: decisions.length, bytes };
}

/** What a run could begin to use again goes first, as soon after the last look as can be; the oldest publications can wait. */
const order = ['shards', 'snapshots', 'models', 'unfinished', 'evaluations', 'uncommitted', 'publications', 'staged'];

function inOrder(decisions: readonly CollectDecision[]): readonly CollectDecision[] {
  return [...decisions].sort((a, b) => order.indexOf(a.rule) - order.indexOf(b.rule));
}
