import path from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import { digestOf } from '../contracts/digest.js';
import type { FeatureList } from '../domain/model-bundle.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import type { SnapshotManifest, SnapshotRef } from '../domain/snapshot.js';
import type { Stamp } from '../workflows/run-context.js';
import { planRetrain, type RetrainPlan, type RetrainServices, type RetrainStart } from './begin-retrain.js';
import { whileHeartbeating } from './heartbeat.js';
import type { DatasetBuilder } from './ports/dataset.js';
import type { ModelBundles } from './ports/model-bundles.js';
import type { Registry } from './ports/registry.js';
import type { Trainer } from './ports/trainer.js';
import { registerTrained } from './register-trained.js';

export type { RetrainPlan };

export interface TrainingServices extends RetrainServices {
  readonly dataset: DatasetBuilder;
  readonly trainer: Trainer;
  readonly bundles: ModelBundles;
  readonly registry: Registry;
  readonly codeVersion: string;
  /** Local folder for files of running trainings. */
  readonly workFolder: string;
}

/** A bundle in the store that a training run made, or found there with equal content. */
export interface TrainedVersion {
  readonly modelDigest: string;
  /** The same request and seed had given this very model before. */
  readonly alreadyKnown: boolean;
  readonly snapshotDigest: string;
  readonly trainingRows: number;
  readonly validationRows: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The steps of `retrain`: rule, snapshot, training program, registration. */
export function createTrainingActivities(services: TrainingServices) {
  return {
    beginRetrain: (start: RetrainStart): Promise<RetrainPlan> => planRetrain(services, start),

    async buildTrainingSnapshot(plan: RetrainPlan): Promise<SnapshotRef> {
      const definition = await services.definitions.loadPinned(plan.definitionDigest);
      const window = { start: plan.windows.training.start, end: plan.windows.validation.end };
      return whileHeartbeating(() =>
        services.dataset.buildSnapshot({ definition, purpose: 'labelled', window, asOf: plan.asOf }),
      );
    },

    trainModel: ({
      plan,
      snapshot,
    }: {
      readonly plan: RetrainPlan;
      readonly snapshot: SnapshotRef;
    }): Promise<TrainedVersion> =>
      whileHeartbeating((signal, report) => trainVersion(services, { plan, snapshot, signal, report })),

    registerModel: (args: {
      readonly plan: RetrainPlan;
      readonly trained: TrainedVersion;
      readonly stamp: Stamp;
    }): Promise<ModelRef> => registerTrained(services, args),
  };
}

export type TrainingActivities = ReturnType<typeof createTrainingActivities>;

interface TrainingJob {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly signal: AbortSignal;
  readonly report: (progress: unknown) => void;
}

/** Encodes both windows, runs the training program, and makes its model a bundle of the store. */
async function trainVersion(
  services: TrainingServices,
  { plan, snapshot, signal, report }: TrainingJob,
): Promise<TrainedVersion> {
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const manifest = await services.dataset.loadSnapshot(plan.pipeline, snapshot.digest);
  const folder = path.join(
    services.workFolder,
    digestOf({ plan: { ...plan, actor: null, reason: null }, snapshot: snapshot.digest }),
  );
  await mkdir(folder, { recursive: true });
  const inputs = await encode(services, { plan, definition, manifest, folder });
  const trained = await services.trainer.train({
    command: definition.training.command,
    request: {
      trainParquet: [inputs.trainPath],
      validationParquet: [inputs.validationPath],
      features: inputs.features.features.map((feature) => feature.name),
      categorical: inputs.features.features
        .filter((feature) => feature.kind === 'categorical')
        .map((feature) => feature.name),
      label: 'label',
      kind: definition.label.kind,
      params: plan.params,
      seed: definition.training.seed,
    },
    workDir: folder,
    timeoutMs: definition.training.timeoutMs,
    signal,
    onProgress: report,
  });
  const bundle = await services.bundles.assemble({
    folder,
    modelPath: trained.modelPath,
    features: inputs.features,
    dictionary: inputs.dictionary,
    validationPath: inputs.validationPath,
    decisionRate: definition.decision.positiveRate,
    inputs: await services.dataset.profileInputs(definition, manifest, plan.windows.training),
    lineage: {
      pipeline: plan.pipeline,
      definitionDigest: plan.definitionDigest,
      trainingSnapshotDigest: snapshot.digest,
      trainingWindow: plan.windows.training,
      validationWindow: plan.windows.validation,
      trainer: {
        command: definition.training.command,
        params: plan.params,
        seed: definition.training.seed,
        metrics: trained.metrics,
        importance: trained.importance,
        libraryVersions: trained.libraryVersions,
      },
    },
  });
  await rm(folder, { recursive: true, force: true });
  return {
    modelDigest: bundle.modelDigest,
    alreadyKnown: bundle.alreadyKnown,
    snapshotDigest: snapshot.digest,
    trainingRows: inputs.trainingRows,
    validationRows: inputs.validationRows,
    metrics: trained.metrics,
  };
}

interface EncodingJob {
  readonly plan: RetrainPlan;
  readonly definition: PipelineDefinition;
  readonly manifest: SnapshotManifest;
  readonly folder: string;
}

/** The dictionary is learned on the training window alone: validation must look like days the model never saw. */
async function encode({ dataset }: TrainingServices, { plan, definition, manifest, folder }: EncodingJob) {
  const dictionary = await dataset.learnDictionary(definition, manifest, plan.windows.training);
  const features: FeatureList = { features: definition.dataset.features, kind: definition.label.kind };
  const trainPath = path.join(folder, 'train.parquet');
  const validationPath = path.join(folder, 'validation.parquet');
  const common = { definition, snapshot: manifest, dictionary };
  const trainingRows = await dataset.writeEncoded({ ...common, window: plan.windows.training, outputPath: trainPath });
  const validationRows = await dataset.writeEncoded({
    ...common,
    window: plan.windows.validation,
    outputPath: validationPath,
  });
  return { dictionary, features, trainPath, validationPath, trainingRows, validationRows };
}
