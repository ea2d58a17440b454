import type { Experiment, MlflowClient } from 'mlflow-ts-client';

/** Makes MLflow open the pages of model training instead of those of generative applications. */
const experimentTags = { 'mlflow.experimentKind': 'custom_model_development' };

/** One experiment per pipeline, so that its runs nest and compare. */
export function openExperiment(
  client: MlflowClient,
  pipeline: string,
  call: { readonly signal?: AbortSignal | undefined },
): Promise<Experiment> {
  return client.experiments.getOrCreate(`gauntlet/${pipeline}`, experimentTags, call);
}
