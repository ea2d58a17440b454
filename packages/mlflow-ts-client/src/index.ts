export { createMlflowClient, type MlflowClient } from './client.js';
export { defaultKeyTag, optionsFromEnvironment, type MlflowClientOptions } from './options.js';
export { MlflowError, type MlflowErrorFields, type MlflowErrorKind } from './errors.js';
export { limits } from './limits.js';
export { quoteFilterKey, quoteFilterValue, tagEquals } from './filters.js';
export { collectPages, type Page } from './pages.js';
export { createLinks, type Links } from './links.js';
export type { CallOptions } from './transport.js';
export type { ServerApi } from './server.js';
export type { Experiment, ExperimentsApi } from './experiments.js';
export type { DatasetInput } from './dataset-input.js';
export type { CreateRun, RunsApi, SearchRuns, UpdateRun } from './runs.js';
export type { MetricPoint, Run, RunDataset, RunStatus } from './run.js';
export type { BatchInput, MetricInput } from './log-batch.js';
export type {
  CreateLoggedModel,
  LoggedModel,
  LoggedModelMetric,
  LoggedModelsApi,
  SearchLoggedModels,
} from './logged-models.js';
export type { RegisteredModel, RegisteredModelsApi } from './registered-models.js';
export type { CreateModelVersion, ModelVersionsApi, SearchModelVersions } from './model-versions.js';
export type { ModelVersion } from './model-version.js';
export type { AliasesApi } from './aliases.js';
export type { ArtifactEntry, ArtifactsApi, StoredArtifact } from './artifacts.js';
