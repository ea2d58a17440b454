import type { LedgerEvent } from '../../domain/ledger/events.js';
import { unscoredRecordId } from '../../domain/ledger/publication-events.js';
import { planLadder } from '../../domain/score-ladder.js';
import type { SnapshotRef } from '../../domain/snapshot.js';
import type { ScoreResult } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import { crashPoint } from '../crash-point.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { windowPartition } from '../window-partition.js';
import type { ScorePlan } from './begin-score.js';
import { runIdentityOf } from './run-identity.js';

export interface UnscoredArgs {
  readonly plan: ScorePlan;
  readonly snapshot: SnapshotRef;
  /** Why each rung of the ladder could not score. */
  readonly grounds: readonly string[];
  readonly stamp: Stamp;
}

/**
 * The last rung: nothing could score the window, not even the baseline. What is published for it goes on being served
 * and is recorded as what stands in for the champion; a window that nobody has published is held. Safe to repeat.
 */
export async function keepUnscored(
  { store, table }: { readonly store: Store; readonly table: PredictionTable },
  { plan, snapshot, grounds, stamp }: UnscoredArgs,
): Promise<ScoreResult> {
  const { pipeline, window, champion, reason } = plan;
  const [rung] = planLadder(plan);
  if (rung === undefined) throw new TypeError('unreachable: the ladder begins with the champion');
  const runIdentity = runIdentityOf(plan, snapshot.digest, rung);
  const partition = windowPartition(window);
  const published = await table.load(pipeline, 'predictions');
  const standing = published.windows.get(partition);
  const served = published.files.filter((file) => file.window === partition).sort((a, b) => b.rows - a.rows);
  const event: LedgerEvent =
    standing === undefined
      ? { type: 'window-held', window, runIdentity, modelDigest: champion.modelDigest, grounds }
      : {
          type: 'fallback-scored',
          window,
          runIdentity,
          intendedDigest: champion.modelDigest,
          servedDigest: served[0]?.modelDigest ?? 'none',
          grounds,
        };
  crashPoint('before-unscored-record');
  await appendFact(store, { pipeline, recordId: unscoredRecordId(runIdentity), reason, event, stamp });
  crashPoint('after-unscored-record');
  return {
    status: 'held',
    summary:
      standing === undefined
        ? `${partition} is held: nothing could score it, not even the baseline.`
        : `Nothing could score ${partition}, not even the baseline: the ${standing.rows.toLocaleString('en-US')} predictions published before stay served.`,
    window,
    model: champion,
    cohort: 'fallback',
    rows: snapshot.rows,
    positives: 0,
    shadowVersions: [],
    runIdentity,
    tableVersion: standing?.version ?? null,
    grounds,
    audit: { comparedWith: null, models: [], churn: [] },
  };
}
