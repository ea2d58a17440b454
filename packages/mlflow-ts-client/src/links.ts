import { checkArtifactPath, encodePath } from './artifact-paths.js';

/** Addresses of MLflow's pages, for people. */
export interface Links {
  experiment(experimentId: string): string;
  run(experimentId: string, runId: string): string;
  /** The run's page with one artifact opened; HTML and images are shown in place. */
  runArtifact(experimentId: string, runId: string, path: string): string;
  /** The bytes of a run's artifact, as a download. */
  runArtifactFile(runId: string, path: string): string;
  loggedModel(experimentId: string, modelId: string): string;
  registeredModel(name: string): string;
  modelVersion(name: string, version: string): string;
  modelVersionFile(name: string, version: string, path: string): string;
}

/** `baseUrl` is the address a browser uses, which may differ from the one programs use. */
export function createLinks(baseUrl: string): Links {
  const base = baseUrl.replace(/\/+$/, '');
  const page = (...parts: string[]): string => `${base}/#/${parts.map(encodeURIComponent).join('/')}`;
  const run = (experimentId: string, runId: string): string => page('experiments', experimentId, 'runs', runId);
  return {
    experiment: (experimentId) => page('experiments', experimentId),
    run,
    runArtifact: (experimentId, runId, path) =>
      `${run(experimentId, runId)}/artifacts/${encodePath(checkArtifactPath(path))}`,
    runArtifactFile: (runId, path) =>
      `${base}/get-artifact?${new URLSearchParams({ run_uuid: runId, path: checkArtifactPath(path) }).toString()}`,
    loggedModel: (experimentId, modelId) => page('experiments', experimentId, 'models', modelId),
    registeredModel: (name) => page('models', name),
    modelVersion: (name, version) => page('models', name, 'versions', version),
    modelVersionFile: (name, version, path) =>
      `${base}/model-versions/get-artifact?${new URLSearchParams({ name, version, path: checkArtifactPath(path) }).toString()}`,
  };
}
