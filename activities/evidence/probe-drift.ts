import type { DriftFacts, Measured } from '../../domain/gates/probes.js';
import { decideDrift } from '../../domain/monitoring/decide-drift.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Evaluator } from '../ports/evaluation.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { EvaluatedFold, EvidencePlan } from './evidence-plan.js';

interface DriftServices {
  readonly bundles: Pick<ModelBundles, 'profile'>;
  readonly dataset: Pick<DatasetBuilder, 'loadSnapshot' | 'localParts'>;
  readonly evaluator: Pick<Evaluator, 'measureDrift'>;
}

interface DriftJob {
  readonly plan: Pick<EvidencePlan, 'pipeline' | 'challenger'>;
  readonly definition: Pick<PipelineDefinition, 'monitor'>;
  readonly folds: readonly Pick<EvaluatedFold, 'snapshotDigest'>[];
}

/** Whether the days of the comparison look like the days the challenger learned from. */
export async function measureFoldDrift(
  { bundles, dataset, evaluator }: DriftServices,
  { plan, definition, folds }: DriftJob,
): Promise<Measured<DriftFacts>> {
  const profile = await bundles.profile(plan.challenger.modelDigest);
  const parts = await Promise.all(
    folds.map(async ({ snapshotDigest }) =>
      dataset.localParts(await dataset.loadSnapshot(plan.pipeline, snapshotDigest)),
    ),
  );
  const counts = await evaluator.measureDrift({ parts: parts.flat(), profile });
  if (counts.rows === 0) return { status: 'missing', why: 'the folds have no rows' };
  const { rows, features } = decideDrift({ profile, counts, policy: definition.monitor });
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
