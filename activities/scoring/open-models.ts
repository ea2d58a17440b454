import type { ValidationScores } from '../../domain/audit/audit-report.js';
import type { LabelKind } from '../../domain/metrics.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { ServingModel } from '../ports/scorer.js';

/** A model that is ready to score; where its rows go is said part by part. */
export type OpenedModel = Omit<ServingModel, 'outputPath' | 'cohort'>;

/** Verifies bundles in the order given. A baseline needs none. Throws MODEL_MISSING or MODEL_CORRUPT. */
export function openModels(
  bundles: Pick<ModelBundles, 'open' | 'profile'>,
  { baseline }: Pick<PipelineDefinition, 'baseline'>,
  models: readonly ModelRef[],
): Promise<readonly OpenedModel[]> {
  return Promise.all(
    models.map(async ({ modelDigest }): Promise<OpenedModel> => {
      if (modelDigest === 'baseline') {
        const scoring = { kind: 'baseline', modelDigest, expression: baseline.expression } as const;
        return { scoring, decisionThreshold: baseline.threshold, scoreCuts: [] };
      }
      const [{ bundlePath, manifest }, { scores }] = await Promise.all([
        bundles.open(modelDigest),
        bundles.profile(modelDigest),
      ]);
      const scoring = { kind: 'onnx', modelDigest, bundlePath } as const;
      return { scoring, decisionThreshold: manifest.decisionThreshold, scoreCuts: scores.cuts };
    }),
  );
}

/** What the models' scores looked like on their own validation rows, for the audit. */
export async function loadValidationScores(
  bundles: Pick<ModelBundles, 'profile'>,
  models: readonly ModelRef[],
  labelKind: LabelKind,
): Promise<Readonly<Record<string, ValidationScores>>> {
  const profiled = models.filter(({ modelDigest }) => modelDigest !== 'baseline');
  const entries = await Promise.all(
    profiled.map(async ({ modelDigest }) => {
      const { rows, scores } = await bundles.profile(modelDigest);
      const { mean, shares, cuts } = scores;
      const width = labelKind === 'binary' ? {} : { width: (cuts.at(-1) ?? 0) - (cuts[0] ?? 0) };
      return [modelDigest, { mean, shares, rows, ...width }] as const;
    }),
  );
  return Object.fromEntries(entries);
}
