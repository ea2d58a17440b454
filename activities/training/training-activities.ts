import path from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FeatureList } from '../../domain/model-bundle.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import type { Stamp } from '../../workflows/run-context.js';
import { planRetrain, type RetrainPlan, type RetrainServices, type RetrainStart } from './begin-retrain.js';
import { whileHeartbeating } from '../heartbeat.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { AssembledBundle, BundleMaterial, ModelBundles } from '../ports/model-bundles.js';
import type { Registry } from '../ports/registry.js';
import type { TrainedModel, Trainer, TrainingRequest } from '../ports/trainer.js';
import { explainUncovered } from './training-coverage.js';
import { registerTrained, type RegisteredModel } from './register-trained.js';

export type { RetrainPlan };

/** What of a plan a training itself needs; a backtest that trains for its folds makes one for each. */
export type TrainingPlan = Pick<RetrainPlan, 'runId' | 'pipeline' | 'definitionDigest' | 'asOf' | 'windows' | 'params'>;

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
export interface TrainedVersion extends AssembledBundle {
  readonly snapshotDigest: string;
  readonly trainingRows: number;
  readonly validationRows: number;
  /**
   * Rows of both windows that took no part because their label was not known before the first fold: its interval reaches
   * into it. Left out by runs from before they were counted.
   */
  readonly purgedRows?: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The steps of `retrain`: rule, snapshot, training program, registration. */
export function createTrainingActivities(services: TrainingServices) {
  return {
    beginRetrain: (start: RetrainStart): Promise<RetrainPlan> => planRetrain(services, start),

    async buildTrainingSnapshot(plan: TrainingPlan): Promise<SnapshotRef> {
      const definition = await services.definitions.loadPinned(plan.definitionDigest);
      const window = { start: plan.windows.training.start, end: plan.windows.validation.end };
      const { dataset } = services;
      const asOf = plan.windows.knownAt ?? plan.asOf;
      return whileHeartbeating((signal) =>
        dataset
          .buildSnapshot({ definition, purpose: 'labelled', window, asOf, signal })
          .catch(async (error: unknown) => {
            throw await explainUncovered(error, dataset, plan, definition);
          }),
      );
    },

    trainModel: ({
      plan,
      snapshot,
    }: {
      readonly plan: TrainingPlan;
      readonly snapshot: SnapshotRef;
    }): Promise<TrainedVersion> =>
      whileHeartbeating((signal, report) => trainVersion(services, { plan, snapshot, signal, report })),

    registerModel: (args: {
      readonly plan: RetrainPlan;
      readonly trained: TrainedVersion;
      readonly stamp: Stamp;
    }): Promise<RegisteredModel> => registerTrained(services, args),
  };
}

export type TrainingActivities = ReturnType<typeof createTrainingActivities>;

interface TrainingJob {
  readonly plan: TrainingPlan;
  readonly snapshot: SnapshotRef;
  readonly signal: AbortSignal;
  readonly report: (progress: unknown) => void;
}

/** Encodes both windows, runs the training program, and makes its model a bundle of the store. */
async function trainVersion(services: TrainingServices, job: TrainingJob): Promise<TrainedVersion> {
  const { plan, snapshot, signal, report } = job;
  const definition = await services.definitions.loadPinned(plan.definitionDigest);
  const manifest = await services.dataset.loadSnapshot(plan.pipeline, snapshot.digest);
  return inWorkFolder(path.join(services.workFolder, plan.runId), async (folder) => {
    const inputs = await encode(services, { plan, definition, manifest, folder });
    const trained = await services.trainer.train({
      command: definition.training.command,
      request: requestOf(plan, definition, inputs),
      workDir: folder,
      timeoutMs: definition.training.timeoutMs,
      signal,
      onProgress: report,
    });
    const profile = await services.dataset.profileInputs(definition, manifest, plan.windows.training);
    const material = materialOf({ job, definition, inputs, trained, folder, profile });
    const bundle = await services.bundles.assemble(material);
    const { trainingRows, validationRows } = inputs;
    const purgedRows = snapshot.rows - snapshot.labelledRows;
    const counts = { trainingRows, validationRows, purgedRows };
    return { ...bundle, snapshotDigest: snapshot.digest, ...counts, metrics: trained.metrics };
  });
}

/** Kept only where a retry can go on from it: after success or a permanent failure nothing is left behind. */
async function inWorkFolder<T>(folder: string, use: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  try {
    const result = await use(folder);
    await rm(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (error instanceof PermanentFailure) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

type EncodedInputs = Awaited<ReturnType<typeof encode>>;

function requestOf(plan: TrainingPlan, definition: PipelineDefinition, inputs: EncodedInputs): TrainingRequest {
  const { features } = inputs.features;
  return {
    trainParquet: [inputs.trainPath],
    validationParquet: [inputs.validationPath],
    features: features.map((feature) => feature.name),
    categorical: features.filter((feature) => feature.kind === 'categorical').map((feature) => feature.name),
    label: 'label',
    kind: definition.label.kind,
    params: plan.params,
    seed: definition.training.seed,
  };
}

interface Trained {
  readonly job: TrainingJob;
  readonly definition: PipelineDefinition;
  readonly inputs: EncodedInputs;
  readonly trained: TrainedModel;
  readonly folder: string;
  readonly profile: BundleMaterial['inputs'];
}

function materialOf({ job, definition, inputs, trained, folder, profile }: Trained): BundleMaterial {
  const { plan, snapshot } = job;
  const { metrics, importance, libraryVersions } = trained;
  const { command, seed } = definition.training;
  return {
    folder,
    modelPath: trained.modelPath,
    features: inputs.features,
    dictionary: inputs.dictionary,
    validationPath: inputs.validationPath,
    trainingPath: inputs.trainPath,
    decisionRate: definition.decision.positiveRate,
    inputs: profile,
    lineage: {
      pipeline: plan.pipeline,
      definitionDigest: plan.definitionDigest,
      trainingSnapshotDigest: snapshot.digest,
      trainingWindow: plan.windows.training,
      validationWindow: plan.windows.validation,
      trainer: { command, params: plan.params, seed, metrics, importance, libraryVersions },
    },
  };
}

interface EncodingJob {
  readonly plan: TrainingPlan;
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
