import { describeValidation } from '../../domain/validation/describe-validation.js';
import { planLadder } from '../../domain/score-ladder.js';
import type { SnapshotRef } from '../../domain/snapshot.js';
import type { ScoreResult } from '../../workflows/api.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import type { ScorePlan } from './begin-score.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Store } from '../ports/store.js';
import { runIdentityOf } from './run-identity.js';
import { windowPartition } from '../window-partition.js';

export interface HoldServices {
  readonly store: Store;
  readonly dataset: Pick<DatasetBuilder, 'loadSnapshot'>;
}

export interface HoldArgs {
  readonly plan: ScorePlan;
  readonly snapshot: SnapshotRef;
  readonly stamp: Stamp;
}

/**
 * Records that a window is held because its rows failed validation. Nothing scores it, and what was published before
 * stays. Safe to repeat.
 */
export async function holdInvalid(
  { store, dataset }: HoldServices,
  { plan, snapshot, stamp }: HoldArgs,
): Promise<ScoreResult> {
  const manifest = await dataset.loadSnapshot(plan.pipeline, snapshot.digest);
  const [rung] = planLadder(plan);
  if (rung === undefined) throw new TypeError('unreachable: the ladder begins with the champion');
  const runIdentity = runIdentityOf(plan, snapshot.digest, rung);
  const { model, cohort } = rung.served;
  const { window } = plan;
  const { grounds } = manifest.validation;
  await appendFact(store, {
    pipeline: plan.pipeline,
    recordId: `held/${runIdentity}`,
    reason: plan.reason,
    event: { type: 'window-held', window, runIdentity, modelDigest: model.modelDigest, grounds },
    stamp,
  });
  return {
    status: 'held',
    summary: `${windowPartition(window)} is held: its rows failed validation, and what was published before stays as it is.`,
    window,
    model,
    cohort,
    rows: manifest.rows,
    positives: 0,
    shadowVersions: [],
    runIdentity,
    tableVersion: null,
    grounds,
    warnings: describeValidation(manifest),
    audit: { comparedWith: null, models: [], churn: [] },
  };
}
