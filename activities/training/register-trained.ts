import type { ModelManifest } from '../../domain/model-bundle.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { formatWindow } from '../../domain/window.js';
import type { Stamp } from '../../workflows/run-context.js';
import { appendFact } from '../append-fact.js';
import type { RetrainPlan } from './begin-retrain.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { RegisterModelRequest } from '../ports/registry.js';
import { requireOwnName } from './registered-name.js';
import type { TrainedVersion, TrainingServices } from './training-activities.js';

interface Registration {
  readonly plan: RetrainPlan;
  readonly trained: TrainedVersion;
  readonly stamp: Stamp;
}

/** `isNew` is false when an earlier run had trained and registered this very model. */
export interface RegisteredModel {
  readonly model: ModelRef;
  readonly isNew: boolean;
}

const exampleRows = 5;

/**
 * Registers a bundle in MLflow and in the ledger. The key is the model digest: killed anywhere and repeated, or trained
 * twice, it is one version.
 */
export async function registerTrained(
  services: TrainingServices,
  registration: Registration,
): Promise<RegisteredModel> {
  const { plan, trained } = registration;
  const { records, state } = await readLedger(services.store, plan.pipeline);
  const known = state.models.get(trained.modelDigest);
  if (known !== undefined) {
    const writer = records[known.recordNumber - 1]?.record.workflow?.runId;
    return { model: known.model, isNew: writer === registration.stamp.workflow.runId };
  }
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  await requireOwnName(services.store, { name: plan.pipeline, registeredName: definition.registeredName });
  const version = await services.registry.registerModel(await requestOf(services, registration));
  const { registeredName } = definition;
  const model: ModelRef = { modelDigest: trained.modelDigest, registeredName, version: version.version };
  await appendFact(services.store, {
    pipeline: plan.pipeline,
    recordId: `model/${trained.modelDigest}`,
    reason: plan.reason,
    event: {
      type: 'model-registered',
      asOf: plan.asOf,
      model,
      definitionDigest: plan.definitionDigest,
      trainingSnapshotDigest: trained.snapshotDigest,
      trainingWindow: plan.windows.training,
      validationWindow: plan.windows.validation,
      registryRunId: version.runId,
    },
    stamp: registration.stamp,
  });
  return { model, isNew: true };
}

async function requestOf(
  services: TrainingServices,
  { plan, trained, stamp }: Registration,
): Promise<RegisterModelRequest> {
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const { bundlePath, manifest, features } = await services.bundles.open(trained.modelDigest);
  const days = formatWindow(plan.windows.training);
  return {
    key: `${plan.pipeline}/${trained.modelDigest}`,
    pipeline: plan.pipeline,
    registeredName: definition.registeredName,
    modelDigest: trained.modelDigest,
    modelDir: bundlePath,
    features,
    outputName: await services.bundles.outputName(trained.modelDigest),
    inputExample: await services.bundles.sampleInputs(trained.modelDigest, exampleRows),
    params: plan.params,
    metrics: trained.metrics,
    tags: {
      'gauntlet.asOf': plan.asOf,
      'gauntlet.trainedBy': plan.actor.name,
      'gauntlet.treeKernel': trained.withoutKernel === null ? 'kept with the model' : `none: ${trained.withoutKernel}`,
    },
    description: `Trained on ${days} as of ${plan.asOf}. ${plan.reason}.`,
    datasets: [
      {
        name: `${plan.pipeline}-training`,
        digest: trained.snapshotDigest,
        source: `snapshots/${plan.pipeline}/${trained.snapshotDigest}`,
        context: 'training',
        profile: {
          rows: trained.trainingRows,
          validationRows: trained.validationRows,
          purgedRows: trained.purgedRows ?? null,
          ...plan.windows,
        },
      },
    ],
    runName: `train ${days}`,
    codeRevision: services.codeVersion,
    definitionDigest: plan.definitionDigest,
    requirements: requirementsOf(manifest),
    at: stamp.at,
  };
}

/** What MLflow's own clients need to load the version: as the trainer reports it, else what the shipped one is pinned to. */
function requirementsOf({ trainer }: ModelManifest): RegisterModelRequest['requirements'] {
  const { libraryVersions } = trainer;
  const needed = { python: '3.11.0', mlflow: '3.17.0', onnx: '1.23.2', onnxruntime: '1.31.1' };
  const entries = Object.entries(needed).map(([name, fallback]) => [name, libraryVersions[name] ?? fallback]);
  return Object.fromEntries(entries) as RegisterModelRequest['requirements'];
}
