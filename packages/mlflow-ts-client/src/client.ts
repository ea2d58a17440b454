import { createAliasesApi, type AliasesApi } from './aliases.js';
import { createArtifactsApi, type ArtifactsApi } from './artifacts.js';
import { createExperimentsApi, type ExperimentsApi } from './experiments.js';
import { createLinks, type Links } from './links.js';
import { createLoggedModelsApi, type LoggedModelsApi } from './logged-models.js';
import { createModelVersionsApi, type ModelVersionsApi } from './model-versions.js';
import { resolveOptions, type MlflowClientOptions } from './options.js';
import { createRegisteredModelsApi, type RegisteredModelsApi } from './registered-models.js';
import { createRunsApi, type RunsApi } from './runs.js';
import { createServerApi, type ServerApi } from './server.js';
import { createTransport } from './transport.js';

export interface MlflowClient {
  /** The server's address, without credentials. */
  readonly baseUrl: string;
  readonly server: ServerApi;
  readonly experiments: ExperimentsApi;
  readonly runs: RunsApi;
  readonly loggedModels: LoggedModelsApi;
  readonly registeredModels: RegisteredModelsApi;
  readonly modelVersions: ModelVersionsApi;
  readonly aliases: AliasesApi;
  readonly artifacts: ArtifactsApi;
  readonly links: Links;
}

/**
 * A client for one server. It never retries: a failed call throws an `MlflowError`, and whoever calls decides what to
 * repeat. Throws `invalid-input` when the options are wrong; contacts nobody until the first call.
 */
export function createMlflowClient(options: MlflowClientOptions): MlflowClient {
  const resolved = resolveOptions(options);
  const transport = createTransport(resolved);
  return {
    baseUrl: resolved.baseUrl,
    server: createServerApi(transport),
    experiments: createExperimentsApi(transport),
    runs: createRunsApi(transport, resolved.keyTag),
    loggedModels: createLoggedModelsApi(transport, resolved.keyTag),
    registeredModels: createRegisteredModelsApi(transport),
    modelVersions: createModelVersionsApi(transport, resolved.keyTag),
    aliases: createAliasesApi(transport),
    artifacts: createArtifactsApi(transport),
    links: createLinks(resolved.baseUrl),
  };
}
