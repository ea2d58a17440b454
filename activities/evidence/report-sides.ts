import { digestOf } from '../../contracts/digest.js';
import type { ComparedSide } from '../../domain/gates/comparison.js';
import type { ReportedModel } from '../../domain/gates/gate-report.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { EvidencePlan, EvidenceServices } from './evidence-plan.js';
import { lineageOf } from './training-lineage.js';

/** One side as it is compared, and as the report names it. */
export interface ReportSide {
  readonly compared: ComparedSide;
  readonly reported: ReportedModel;
}

/** Null stands for the baseline. A side that was trained for each fold has as many thresholds and training windows. */
export async function sideOf(
  services: EvidenceServices,
  plan: EvidencePlan,
  model: ModelRef | null,
  definition: PipelineDefinition,
): Promise<ReportSide> {
  if (model === null) {
    return {
      compared: {
        modelDigest: 'baseline',
        label: 'baseline',
        kind: 'baseline',
        decisionThreshold: definition.baseline.threshold,
      },
      reported: {
        modelDigest: 'baseline',
        registeredName: null,
        version: null,
        trainingWindow: null,
        definitionDigest: digestOf(definition.baseline),
        training: null,
      },
    };
  }
  const { manifest } = await services.bundles.open(model.modelDigest);
  const lineage = await lineageOf(services, plan.pipeline, manifest);
  const { trainer } = manifest;
  const refit = plan.refit === true;
  const label = `${model.registeredName} v${model.version}${refit ? ', trained for each fold' : ''}`;
  const decisionThreshold = refit ? null : manifest.decisionThreshold;
  return {
    compared: { modelDigest: model.modelDigest, label, kind: 'onnx', decisionThreshold },
    reported: {
      modelDigest: model.modelDigest,
      registeredName: model.registeredName,
      version: model.version,
      trainingWindow: refit ? null : lineage.trainingWindow,
      definitionDigest: lineage.definitionDigest,
      training: {
        validationWindow: lineage.validationWindow,
        params: trainer.params,
        seed: trainer.seed,
        libraryVersions: trainer.libraryVersions,
      },
    },
  };
}
