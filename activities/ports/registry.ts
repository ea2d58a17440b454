import type { FeatureList } from '../../domain/model-bundle.js';

/** A dataset that a run read. */
export interface RegistryDataset {
  readonly name: string;
  /** The whole sha256, 64 hex characters. MLflow shows its first 32; the whole one stands in source and profile. */
  readonly digest: string;
  /** Where it is: a path, a `file:`, `s3:` or `https:` address. */
  readonly source: string;
  readonly context: 'training' | 'validation' | 'evaluation' | 'scoring';
  readonly schema?: readonly { readonly name: string; readonly type: string }[];
  /** Facts worth showing, such as row counts and windows. */
  readonly profile?: Readonly<Record<string, unknown>>;
}

/** Exact versions that the model's environment needs to load it. */
export interface ModelRequirements {
  readonly python: string;
  readonly mlflow: string;
  readonly onnx: string;
  readonly onnxruntime: string;
}

/** Everything that makes a version complete for MLflow's own clients and traceable for an auditor. */
export interface RegisterModelRequest {
  /** The same key always means the same version, however often and wherever the call is repeated. */
  readonly key: string;
  readonly pipeline: string;
  readonly registeredName: string;
  /** sha256 over model.onnx, dictionary and feature list. */
  readonly modelDigest: string;
  /** Local folder with model.onnx, dictionary.json, features.json, manifest.json …; every file in it is uploaded. */
  readonly modelDir: string;
  readonly features: FeatureList;
  /** Name of the ONNX output that holds the scores. */
  readonly outputName: string;
  /** Encoded rows in feature order; null is a missing value. */
  readonly inputExample: readonly (readonly (number | null)[])[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Set on the run and on the version. */
  readonly tags: Readonly<Record<string, string>>;
  /** Markdown, for the version's page. */
  readonly description: string;
  readonly datasets: readonly RegistryDataset[];
  readonly runName: string;
  readonly parentRunId?: string;
  readonly codeRevision: string;
  readonly definitionDigest: string;
  readonly requirements: ModelRequirements;
  /** ISO instant fixed by the workflow: a repeated call writes the same bytes. */
  readonly at: string;
}

export interface RegisteredVersion {
  readonly version: string;
  readonly runId: string;
  readonly modelId: string;
  /** Of model.onnx as the registry gives it back. */
  readonly artifactSha256: string;
  readonly runUrl: string;
  readonly versionUrl: string;
}

export interface VersionFacts {
  readonly version: string;
  readonly runId: string | null;
  readonly modelId: string | null;
  /** Null for versions that Gauntlet did not register. */
  readonly modelDigest: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
  readonly url: string;
}

export interface StartRunRequest {
  /** The same key always means the same run. */
  readonly key: string;
  readonly pipeline: string;
  readonly runName: string;
  /** What the run is: shown as a tag and usable in searches. */
  readonly kind: 'retrain' | 'training' | 'backtest' | 'promotion' | 'monitor';
  readonly parentRunId?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Markdown, for the run's page. */
  readonly description: string;
  /** ISO instant fixed by the workflow. */
  readonly at: string;
}

export interface RunMetric {
  readonly key: string;
  readonly value: number;
  /** Position on the chart, such as the fold. Default 0. */
  readonly step?: number;
}

export interface RunArtifact {
  /** Relative, with `/`: `report.html`. */
  readonly path: string;
  readonly bytes: Uint8Array | string;
}

/** A whole finished run in one repeatable call: a backtest with its gate report, a monitor's findings. */
export interface LogRunRequest extends StartRunRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly metrics: readonly RunMetric[];
  readonly datasets: readonly RegistryDataset[];
  readonly artifacts: readonly RunArtifact[];
}

export interface RunHandle {
  readonly runId: string;
  readonly url: string;
}

export interface LoggedRun extends RunHandle {
  /** Page of each artifact by its path, in the order given. */
  readonly artifacts: readonly LoggedArtifact[];
}

export interface LoggedArtifact {
  readonly path: string;
  readonly sha256: string;
  /** A page that shows it. */
  readonly url: string;
}

/**
 * Runs and model versions. Every method is safe to repeat and makes one attempt only. What a retry may cure is a plain
 * error whose message starts with "MLflow at <address>"; what it cannot is a REGISTRY_REFUSED or REGISTRY_MISMATCH.
 */
export interface Registry {
  /** Address of the tracking server, without credentials. */
  readonly url: string;
  /** Proves that the server answers authenticated calls. */
  check(signal?: AbortSignal): Promise<{ readonly version: string; readonly isSupported: boolean }>;
  /** Throws REGISTRY_MISMATCH when the key already stands for another model. */
  registerModel(request: RegisterModelRequest, signal?: AbortSignal): Promise<RegisteredVersion>;
  /** Null when there is no such version. */
  getVersion(registeredName: string, version: string, signal?: AbortSignal): Promise<VersionFacts | null>;
  setVersionTags(
    registeredName: string,
    version: string,
    tags: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Null when the alias is absent or dangling, or the model does not exist. */
  getAlias(registeredName: string, alias: string, signal?: AbortSignal): Promise<{ readonly version: string } | null>;
  /** Sets and reads back; a plain error when it then reads differently, because somebody else moved it. */
  setAlias(
    registeredName: string,
    alias: string,
    version: string,
    signal?: AbortSignal,
  ): Promise<{ readonly previousVersion: string | null }>;
  /** Creates the registered model if nobody has, and sets its Markdown description and tags. */
  describeModel(
    registeredName: string,
    page: { readonly description: string; readonly tags: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Tags of the registered model; null when nobody has created it. */
  getModelTags(registeredName: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>> | null>;
  setModelTags(registeredName: string, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  /** Opens a run that others can name as their parent. */
  startRun(request: StartRunRequest, signal?: AbortSignal): Promise<RunHandle>;
  finishRun(runId: string, outcome: 'FINISHED' | 'FAILED' | 'KILLED', at: string, signal?: AbortSignal): Promise<void>;
  logRun(request: LogRunRequest, signal?: AbortSignal): Promise<LoggedRun>;
  logArtifact(runId: string, artifact: RunArtifact, signal?: AbortSignal): Promise<LoggedArtifact>;
  /** `at` is an ISO instant fixed by the workflow: the same point sent twice is stored once. */
  logRunMetrics(runId: string, metrics: readonly RunMetric[], at: string, signal?: AbortSignal): Promise<void>;
  readonly links: RegistryLinks;
}

/** Addresses of MLflow's pages, for cards and reports. */
export interface RegistryLinks {
  registeredModel(registeredName: string): string;
  version(registeredName: string, version: string): string;
  /** Downloads a file of a version. */
  versionFile(registeredName: string, version: string, path: string): string;
  /** Downloads a run's artifact. */
  runFile(runId: string, path: string): string;
}
