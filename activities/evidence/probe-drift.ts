import type { DriftFacts, Measured } from '../../domain/gates/probes.js';
import { decideDrift } from '../../domain/monitoring/decide-drift.js';
import type { EvidenceServices } from './evidence-plan.js';
import type { ProbeJob } from './measure-probe.js';

/** Whether the days of the comparison look like the days the challenger learned from. */
export async function measureFoldDrift(
  { bundles, dataset, evaluator }: EvidenceServices,
  { plan, definition, folds }: ProbeJob,
): Promise<Measured<DriftFacts>> {
  const profile = await bundles.profile(plan.challenger.modelDigest);
  const parts = await Promise.all(
    folds.map(async ({ snapshotDigest }) =>
      dataset.localParts(await dataset.loadSnapshot(plan.pipeline, snapshotDigest)),
    ),
  );
  const counts = await evaluator.measureDrift({ parts: parts.flat(), profile });
  const { rows, features } = decideDrift({ profile, counts, policy: definition.monitor });
  if (rows === 0) return { status: 'missing', why: 'the folds have no rows' };
  return {
    status: 'measured',
    facts: {
      rows,
      trainingRows: profile.rows,
      features: features.map(({ feature, psi, limit, drifted }) => ({ feature, psi, limit, drifted })),
      validationMeanScore: profile.scores.mean,
    },
  };
}
