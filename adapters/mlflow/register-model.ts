import { limits, type LoggedModel, type MlflowClient, type ModelVersion, type Run } from 'mlflow-ts-client';
import type { RegisteredVersion, RegisterModelRequest } from '../../activities/ports/registry.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { hashFile } from '../store/durable-file.js';
import { listBundleFiles, type BundleFile } from './model-bundle-files.js';
import { planModelFiles } from './model-files.js';
import { openExperiment } from './pipeline-experiment.js';
import { registryTags, runTags, shorten, toParams } from './registry-tags.js';
import { toDatasetInput } from './run-datasets.js';

interface Call {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The version is created last and is therefore complete: run, files, metrics and lineage stand before it. Killed
 * anywhere, the next call finds run and logged model by their key and goes on.
 */
export async function registerModel(
  client: MlflowClient,
  links: MlflowClient['links'],
  request: RegisterModelRequest,
  call: Call,
): Promise<RegisteredVersion> {
  const known = await client.modelVersions.findByKey(request.registeredName, request.key, call);
  const experiment = await openExperiment(client, request.pipeline, call);
  const version = known ?? (await buildVersion(client, experiment.experimentId, request, call));
  requireSameModel(request, `version ${version.version} of ${request.registeredName}`, version.tags);
  const { runId, modelId } = requireLineage(version);
  return {
    version: version.version,
    runId,
    modelId,
    artifactSha256: version.tags[registryTags.artifactSha256] ?? '',
    runUrl: links.run(experiment.experimentId, runId),
    versionUrl: links.modelVersion(version.name, version.version),
  };
}

async function buildVersion(
  client: MlflowClient,
  experimentId: string,
  request: RegisterModelRequest,
  call: Call,
): Promise<ModelVersion> {
  const bundle = await listBundleFiles(request.modelDir);
  const run = await openRun(client, experimentId, request, call);
  const model = await uploadModel(client, { experimentId, run, bundle, request }, call);
  // Where two attempts raced, the model they agree on decides which run it came from.
  const runId = model.sourceRunId ?? run.runId;
  await recordRun(client, { runId, model, request }, call);
  await client.registeredModels.getOrCreate(request.registeredName, {}, call);
  const artifactSha256 = model.tags[registryTags.artifactSha256] as string;
  return client.modelVersions.createOnce(
    request.key,
    {
      name: request.registeredName,
      modelId: model.modelId,
      runId,
      description: shorten(request.description, limits.descriptionLength),
      tags: { ...request.tags, ...identityTags(request, artifactSha256) },
    },
    call,
  );
}

function openRun(client: MlflowClient, experimentId: string, request: RegisterModelRequest, call: Call): Promise<Run> {
  const { parentRunId, codeRevision, description, pipeline, runName } = request;
  const tags = { ...request.tags, [registryTags.modelDigest]: request.modelDigest };
  return client.runs.createOnce(
    request.key,
    {
      experimentId,
      startTimeMs: Date.parse(request.at),
      runName,
      tags: runTags({ pipeline, kind: 'training', description, parentRunId, codeRevision, tags }),
    },
    call,
  );
}

/** A logged model that is READY was uploaded and verified by an earlier call. */
async function uploadModel(
  client: MlflowClient,
  upload: {
    readonly experimentId: string;
    readonly run: Run;
    readonly bundle: readonly BundleFile[];
    readonly request: RegisterModelRequest;
  },
  call: Call,
): Promise<LoggedModel> {
  const { experimentId, run, bundle, request } = upload;
  const { sha256: artifactSha256 } = await hashFile(bundle.find(({ name }) => name === 'model.onnx')?.file as string);
  const model = await client.loggedModels.createOnce(
    request.key,
    {
      experimentId,
      name: request.registeredName.replaceAll('.', '-'),
      sourceRunId: run.runId,
      params: toParams(request.params),
      tags: identityTags(request, artifactSha256),
    },
    call,
  );
  requireSameModel(request, `logged model ${model.modelId}`, model.tags);
  if (model.status === 'LOGGED_MODEL_READY') return model;

  const modelSizeBytes = bundle.reduce((sum, file) => sum + file.sizeBytes, 0);
  const files = planModelFiles(request, { ...model, runId: model.sourceRunId ?? run.runId, modelSizeBytes });
  await Promise.all([
    ...bundle.map(({ name, file }) => client.artifacts.putFile(model.artifactUri, name, file, call)),
    ...files.slice(0, -1).map(({ path, content }) => client.artifacts.put(model.artifactUri, path, content, call)),
  ]);
  for (const { path, content } of files.slice(-1)) await client.artifacts.put(model.artifactUri, path, content, call);
  return client.loggedModels.finalize(model.modelId, 'READY', call);
}

/** Everything a person or an auditor asks of the run; every step may be repeated. */
async function recordRun(
  client: MlflowClient,
  record: { readonly runId: string; readonly model: LoggedModel; readonly request: RegisterModelRequest },
  call: Call,
): Promise<void> {
  const { runId, model, request } = record;
  const timestampMs = Date.parse(request.at);
  const metrics = Object.entries(request.metrics).map(([key, value]) => {
    return { key, value, timestampMs, modelId: model.modelId };
  });
  await client.runs.logBatch(runId, { params: toParams(request.params), metrics }, call);
  await client.runs.logInputs(runId, request.datasets.map(toDatasetInput), call);
  await client.runs.logOutputs(runId, [{ modelId: model.modelId, step: 0 }], call);
  await client.runs.update({ runId, status: 'FINISHED', endTimeMs: timestampMs }, call);
}

function identityTags(request: RegisterModelRequest, artifactSha256: string): Record<string, string> {
  return {
    [registryTags.pipeline]: request.pipeline,
    [registryTags.modelDigest]: request.modelDigest,
    [registryTags.artifactSha256]: artifactSha256,
    [registryTags.definitionDigest]: request.definitionDigest,
    [registryTags.codeRevision]: request.codeRevision,
  };
}

function requireSameModel(request: RegisterModelRequest, what: string, tags: Readonly<Record<string, string>>): void {
  const found = tags[registryTags.modelDigest];
  if (found === request.modelDigest) return;
  throw new PermanentFailure('REGISTRY_MISMATCH', `${what} already has the key ${JSON.stringify(request.key)}`, {
    problems: [{ field: registryTags.modelDigest, found: found ?? 'nothing', expected: request.modelDigest }],
  });
}

function requireLineage(version: ModelVersion): { runId: string; modelId: string } {
  const { runId, modelId } = version;
  if (runId !== null && modelId !== null) return { runId, modelId };
  throw new PermanentFailure(
    'REGISTRY_MISMATCH',
    `version ${version.version} of ${version.name} names no run or model`,
    {
      problems: [{ field: 'source', found: JSON.stringify(version.source), expected: 'models:/<model id>' }],
    },
  );
}
