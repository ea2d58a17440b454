import { describe, expect, test } from 'vitest';
import { measureFoldDrift } from '../../../activities/evidence/probe-drift.js';
import type { TrainingProfile } from '../../../domain/model-bundle.js';
import type { DriftCounts } from '../../../domain/monitoring.js';
import type { SnapshotManifest } from '../../../domain/snapshot.js';

const profile: TrainingProfile = {
  rows: 1000,
  numeric: { distance: { cuts: [1], shares: [0.5, 0.5], nullShare: 0 } },
  categorical: {},
  scores: { mean: 0.2, cuts: [], shares: [1] },
};

/** What the folds' snapshots count to. */
async function measure(counts: DriftCounts, asked: string[] = []) {
  return measureFoldDrift(
    {
      bundles: { profile: () => Promise.resolve(profile) },
      dataset: {
        loadSnapshot: (_pipeline, digest) => Promise.resolve({ digest } as unknown as SnapshotManifest),
        localParts: (manifest) => Promise.resolve([`${(manifest as unknown as { digest: string }).digest}.parquet`]),
      },
      evaluator: {
        measureDrift: ({ parts }) => {
          asked.push(...parts);
          return Promise.resolve(counts);
        },
      },
    },
    {
      plan: { pipeline: 'flights', challenger: { modelDigest: 'a', registeredName: 'flights', version: '2' } },
      definition: { monitor: { psiLimit: 0.2, metric: 'auc', decayMargin: 0.03 } },
      folds: [{ snapshotDigest: 'one' }, { snapshotDigest: 'two' }],
    },
  );
}

describe('drift of the folds', () => {
  test('counts all folds together against the challenger’s own training profile', async () => {
    const asked: string[] = [];
    const found = await measure(
      { rows: 1000, numeric: { distance: { counts: [900, 100], nulls: 0 } }, categorical: {} },
      asked,
    );
    expect(asked).toEqual(['one.parquet', 'two.parquet']);
    // 0.4 · ln(0.9/0.5) − 0.4 · ln(0.1/0.5) = 0.8789, a little less by the half rows that are added.
    expect(found).toMatchObject({
      status: 'measured',
      facts: {
        rows: 1000,
        trainingRows: 1000,
        validationMeanScore: 0.2,
        features: [{ feature: 'distance', drifted: true }],
      },
    });
    const psi = found.status === 'measured' ? found.facts.features[0]?.psi : null;
    expect(psi).toBeCloseTo(0.8789, 2);
  });

  test('says that nothing is known where the folds have no rows', async () => {
    const found = await measure({ rows: 0, numeric: {}, categorical: {} });
    expect(found).toEqual({ status: 'missing', why: 'the folds have no rows' });
  });
});
