import { keyProblems, lengthProblems, limits } from './limits.js';

export interface DatasetInput {
  readonly name: string;
  /** At most 36 characters: a sha256 must be shortened, with the whole one in `profile` or `source`. */
  readonly digest: string;
  /** A kind that MLflow's pages know: `local`, `s3`, `http`, `code`, `delta_table` … */
  readonly sourceType: string;
  /** JSON text. */
  readonly source: string;
  readonly schema?: string | undefined;
  readonly profile?: string | undefined;
  /** What the run used it for: `training`, `validation`, `eval` … Shown as the dataset's context. */
  readonly context?: string | undefined;
}

export function datasetProblems(dataset: DatasetInput): string[] {
  const what = `dataset ${JSON.stringify(dataset.name)}`;
  return [
    ...(dataset.name === '' ? ['a dataset has no name'] : []),
    ...keyProblems(`${what} digest`, dataset.digest),
    ...lengthProblems(`${what} name`, dataset.name, limits.datasetNameLength),
    ...lengthProblems(`${what} digest`, dataset.digest, limits.datasetDigestLength),
    ...lengthProblems(`${what} source`, dataset.source, limits.datasetSourceLength),
    ...lengthProblems(`${what} schema`, dataset.schema ?? '', limits.datasetSchemaLength),
    ...lengthProblems(`${what} profile`, dataset.profile ?? '', limits.datasetProfileLength),
    ...lengthProblems(`${what} context`, dataset.context ?? '', limits.inputTagValueLength),
  ];
}

export function toDatasetBody(input: DatasetInput): unknown {
  const { name, digest, sourceType, source, schema, profile, context } = input;
  return {
    tags: context === undefined ? [] : [{ key: 'mlflow.data.context', value: context }],
    dataset: { name, digest, source_type: sourceType, source, schema, profile },
  };
}
