import {
  createLinks,
  createMlflowClient,
  optionsFromEnvironment,
  type MlflowClient,
  type MlflowClientOptions,
  type ModelVersion,
} from 'mlflow-ts-client';
import type { Registry, RegistryLinks, VersionFacts } from '../../activities/ports/registry.js';
import { logArtifact, logRun, startRun, toMetrics } from './log-run.js';
import { registerModel } from './register-model.js';
import { withRegistryErrors } from './registry-errors.js';
import { registryTags } from './registry-tags.js';

export interface MlflowRegistryOptions extends Omit<MlflowClientOptions, 'keyTag'> {
  /** The address a browser uses, where it differs from the one workers use. */
  readonly publicUrl?: string | undefined;
}

/** The registry on an MLflow server. Contacts nobody until the first call. */
export function createMlflowRegistry(options: MlflowRegistryOptions): Registry {
  const client = createMlflowClient({ ...options, keyTag: registryTags.key });
  return registryOn(client, options.publicUrl ?? client.baseUrl);
}

/** The registry at an address, with the credentials in the variables that MLflow's own clients read. */
export function registryFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  trackingUri: string,
  publicUrl: string | null,
): Registry {
  return createMlflowRegistry({
    ...optionsFromEnvironment(environment, { trackingUri }),
    publicUrl: publicUrl ?? undefined,
  });
}

/** The registry on a given client, which must use the tag `gauntlet.key` for its keys. */
export function registryOn(client: MlflowClient, publicUrl: string): Registry {
  const links = createLinks(publicUrl);
  return {
    url: client.baseUrl,
    links: toRegistryLinks(links),
    ...modelMethods(client, links),
    ...runMethods(client, links),
  };
}

type RunMethods = Pick<Registry, 'startRun' | 'finishRun' | 'logRun' | 'logArtifact' | 'logRunMetrics'>;
type ModelMethods = Omit<Registry, keyof RunMethods | 'url' | 'links'>;

function modelMethods(client: MlflowClient, links: MlflowClient['links']): ModelMethods {
  return {
    check: (signal) => withRegistryErrors('checking the registry', () => client.server.ping({ signal })),
    registerModel: (request, signal) =>
      withRegistryErrors(`registering a version of ${request.registeredName}`, () =>
        registerModel(client, links, request, { signal }),
      ),
    getVersion: (name, version, signal) =>
      withRegistryErrors(`reading version ${version} of ${name}`, async () => {
        const found = await client.modelVersions.get(name, version, { signal });
        return found === null ? null : toVersionFacts(found, links);
      }),
    setVersionTags: (name, version, tags, signal) =>
      withRegistryErrors(`tagging version ${version} of ${name}`, async () => {
        const entries = Object.entries(tags);
        await Promise.all(
          entries.map(([key, value]) => client.modelVersions.setTag(name, version, key, value, { signal })),
        );
      }),
    getAlias: (name, alias, signal) =>
      withRegistryErrors(`reading alias ${alias} of ${name}`, async () => {
        const found = await client.aliases.get(name, alias, { signal });
        return found === null ? null : { version: found.version };
      }),
    setAlias: (name, alias, version, signal) =>
      withRegistryErrors(`setting alias ${alias} of ${name} to version ${version}`, async () => {
        const { previous } = await client.aliases.setVerified(name, alias, version, { signal });
        return { previousVersion: previous };
      }),
    describeModel: (name, page, signal) =>
      withRegistryErrors(`describing ${name}`, async () => {
        await client.registeredModels.getOrCreate(name, {}, { signal });
        await client.registeredModels.update(name, page.description, { signal });
        for (const [key, value] of Object.entries(page.tags)) {
          await client.registeredModels.setTag(name, key, value, { signal });
        }
      }),
    getModelTags: (name, signal) =>
      withRegistryErrors(`reading the tags of ${name}`, async () => {
        return (await client.registeredModels.get(name, { signal }))?.tags ?? null;
      }),
    setModelTags: (name, tags, signal) =>
      withRegistryErrors(`tagging ${name}`, async () => {
        for (const [key, value] of Object.entries(tags)) {
          await client.registeredModels.setTag(name, key, value, { signal });
        }
      }),
  };
}

function runMethods(client: MlflowClient, links: MlflowClient['links']): RunMethods {
  return {
    startRun: (request, signal) =>
      withRegistryErrors(`opening run ${request.runName}`, async () => {
        const { runId, experimentId } = await startRun(client, request, { signal });
        return { runId, url: links.run(experimentId, runId) };
      }),
    finishRun: (runId, outcome, at, signal) =>
      withRegistryErrors(`finishing run ${runId}`, () =>
        client.runs.update({ runId, status: outcome, endTimeMs: Date.parse(at) }, { signal }),
      ),
    logRun: (request, signal) =>
      withRegistryErrors(`logging run ${request.runName}`, () => logRun(client, links, request, { signal })),
    logArtifact: (runId, artifact, signal) =>
      withRegistryErrors(`logging ${artifact.path} to run ${runId}`, async () => {
        const run = await client.runs.get(runId, { signal });
        return logArtifact(client, links, run, artifact, { signal });
      }),
    logRunMetrics: (runId, metrics, at, signal) =>
      withRegistryErrors(`logging metrics to run ${runId}`, () =>
        client.runs.logBatch(runId, { metrics: toMetrics(metrics, at) }, { signal }),
      ),
  };
}

function toVersionFacts(found: ModelVersion, links: MlflowClient['links']): VersionFacts {
  const { version, runId, modelId, tags, aliases } = found;
  const modelDigest = tags[registryTags.modelDigest] ?? null;
  return { version, runId, modelId, modelDigest, tags, aliases, url: links.modelVersion(found.name, version) };
}

function toRegistryLinks(links: MlflowClient['links']): RegistryLinks {
  return {
    registeredModel: (name) => links.registeredModel(name),
    version: (name, version) => links.modelVersion(name, version),
    versionFile: (name, version, path) => links.modelVersionFile(name, version, path),
    runFile: (runId, path) => links.runArtifactFile(runId, path),
  };
}
