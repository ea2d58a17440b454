import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FoldSide } from '../../domain/gates/gate-report.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { ScoringModel } from '../ports/scorer.js';
import type { EvidencePlan, EvidenceServices, RefittedModels } from './evidence-plan.js';
import { lineageOf } from './training-lineage.js';

/** A model as it scores one fold, and the definition that its rows are made by. */
export interface FoldModel {
  readonly scoring: ScoringModel;
  readonly definition: PipelineDefinition;
  /** What shaped it; null for the baseline. */
  readonly shaped: FoldSide | null;
}

/** Both sides, and the baseline where a gate compares with it and it is not the opponent. */
export interface FoldModels {
  readonly challenger: FoldModel;
  readonly champion: FoldModel;
  readonly baseline: FoldModel | null;
}

/**
 * The models of a fold. Registered versions see the rows that the plan's definition makes, as they do when they serve;
 * versions that were trained for this fold see those of their own definition, which belongs to what is compared.
 */
export async function openFoldModels(
  services: EvidenceServices,
  plan: EvidencePlan,
  refitted: RefittedModels | undefined,
): Promise<FoldModels> {
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const { expression } = definition.baseline;
  const baseline: FoldModel = {
    scoring: { kind: 'baseline', modelDigest: 'baseline', expression },
    definition,
    shaped: null,
  };
  const open = async (registered: string, own: string | null | undefined): Promise<FoldModel> => {
    const { bundlePath, manifest } = await services.bundles.open(own ?? registered);
    const isRefitted = own !== undefined && own !== null;
    return {
      scoring: { kind: 'onnx', modelDigest: manifest.modelDigest, bundlePath },
      definition: isRefitted ? await services.definitions.loadPinned(manifest.definitionDigest) : definition,
      shaped: await describeSide(services, plan.pipeline, manifest),
    };
  };
  const challenger = await open(plan.challenger.modelDigest, refitted?.challenger);
  if (plan.champion === null) return { challenger, champion: baseline, baseline: null };
  const champion = await open(plan.champion.modelDigest, refitted?.champion);
  const asks = definition.gates.some((gate) => gate.check === 'beats-baseline');
  return { challenger, champion, baseline: asks ? baseline : null };
}

type Manifest = Awaited<ReturnType<EvidenceServices['bundles']['open']>>['manifest'];

/** What is known about the rows that shaped a version. Its snapshot may have been collected; then its counts are not. */
async function describeSide(services: EvidenceServices, pipeline: string, manifest: Manifest): Promise<FoldSide> {
  const lineage = await lineageOf(services, pipeline, manifest);
  const { definitionDigest, trainingWindow, validationWindow, trainingSnapshotDigest } = lineage;
  const { dataset } = services;
  const snapshot = await dataset.loadSnapshot(lineage.pipeline, trainingSnapshotDigest).catch((error: unknown) => {
    if (error instanceof PermanentFailure) return null;
    throw error;
  });
  return {
    modelDigest: manifest.modelDigest,
    definitionDigest,
    trainingWindow,
    validationWindow,
    knownAt: snapshot?.asOf ?? null,
    purgedRows: snapshot === null ? null : snapshot.rows - snapshot.labelledRows,
  };
}

/** Models whose rows come from the same dataset, which one pass can score. */
export interface ScoringPass {
  readonly definition: PipelineDefinition;
  readonly models: readonly FoldModel[];
}

/** As few passes as there are datasets; the challenger's is the first. */
export function planPasses({ challenger, champion, baseline }: FoldModels): readonly ScoringPass[] {
  const passes = new Map<string, { definition: PipelineDefinition; models: FoldModel[] }>();
  for (const model of [challenger, champion, ...(baseline === null ? [] : [baseline])]) {
    const { dataset, label, validation } = model.definition;
    const identity = digestOf({ dataset, label, validation });
    const pass = passes.get(identity) ?? { definition: model.definition, models: [] };
    pass.models.push(model);
    passes.set(identity, pass);
  }
  return [...passes.values()];
}
