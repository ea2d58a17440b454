import type { MlflowClient, Run } from 'mlflow-ts-client';
import type {
  LoggedArtifact,
  LoggedRun,
  LogRunRequest,
  RunArtifact,
  RunMetric,
  StartRunRequest,
} from '../../activities/ports/registry.js';
import { openExperiment } from './pipeline-experiment.js';
import { runTags, toParams } from './registry-tags.js';
import { toDatasetInput } from './run-datasets.js';

interface Call {
  readonly signal?: AbortSignal | undefined;
}

/** Opens a run, or finds the one that the key already stands for. */
export async function startRun(client: MlflowClient, request: StartRunRequest, call: Call): Promise<Run> {
  const experiment = await openExperiment(client, request.pipeline, call);
  return client.runs.createOnce(
    request.key,
    {
      experimentId: experiment.experimentId,
      startTimeMs: Date.parse(request.at),
      runName: request.runName,
      tags: runTags(request),
    },
    call,
  );
}

/** The run is finished last, so a finished run is a complete one. */
export async function logRun(
  client: MlflowClient,
  links: MlflowClient['links'],
  request: LogRunRequest,
  call: Call,
): Promise<LoggedRun> {
  const run = await startRun(client, request, call);
  const { runId, experimentId } = run;
  const params = toParams(request.params);
  await client.runs.logBatch(runId, { params, metrics: toMetrics(request.metrics, request.at) }, call);
  if (request.datasets.length > 0) await client.runs.logInputs(runId, request.datasets.map(toDatasetInput), call);
  const artifacts = await Promise.all(
    request.artifacts.map((artifact) => logArtifact(client, links, run, artifact, call)),
  );
  await client.runs.update({ runId, status: 'FINISHED', endTimeMs: Date.parse(request.at) }, call);
  return { runId, url: links.run(experimentId, runId), artifacts };
}

export async function logArtifact(
  client: MlflowClient,
  links: MlflowClient['links'],
  run: Run,
  artifact: RunArtifact,
  call: Call,
): Promise<LoggedArtifact> {
  const { path, sha256 } = await client.artifacts.put(run.artifactUri, artifact.path, artifact.bytes, call);
  return { path, sha256, url: links.runArtifact(run.experimentId, run.runId, path) };
}

/** All points of one call carry the same instant, so that repeating the call adds nothing. */
export function toMetrics(
  metrics: readonly RunMetric[],
  at: string,
): { key: string; value: number; step: number; timestampMs: number }[] {
  const timestampMs = Date.parse(at);
  return metrics.map(({ key, value, step = 0 }) => ({ key, value, step, timestampMs }));
}
