import type { ModelManifest } from '../../domain/model-bundle.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { EvidenceServices } from './evidence-plan.js';

/** What shaped a version, and the pipeline whose snapshots hold the rows. */
export type TrainingLineage = Pick<
  ModelManifest,
  'pipeline' | 'definitionDigest' | 'trainingSnapshotDigest' | 'trainingWindow' | 'validationWindow'
>;

/**
 * How this pipeline came by a model. Two pipelines may train the very same one: it is one bundle, whose manifest tells
 * of the first of them, so the second is told of by its own ledger. A model that was trained for a fold is in no ledger.
 */
export async function lineageOf(
  { store }: Pick<EvidenceServices, 'store'>,
  pipeline: string,
  manifest: ModelManifest,
): Promise<TrainingLineage> {
  if (manifest.pipeline === pipeline) return manifest;
  const { state } = await readLedger(store, pipeline);
  const registered = state.models.get(manifest.modelDigest);
  return registered === undefined ? manifest : { ...registered, pipeline };
}
