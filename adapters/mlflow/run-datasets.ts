import type { DatasetInput } from 'mlflow-ts-client';
import type { RegistryDataset } from '../../activities/ports/registry.js';

/** MLflow keeps 36 characters of a dataset digest; half of a sha256 still tells any two datasets apart. */
const digestLength = 32;

/** MLflow's column types by DuckDB's; what is missing here is shown as text. */
const columnTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  INTEGER: 'integer',
  BIGINT: 'long',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'datetime',
  TIMESTAMP: 'datetime',
};

/** A dataset as MLflow shows it under a run, with the whole digest where it fits. */
export function toDatasetInput(dataset: RegistryDataset): DatasetInput {
  const columns = dataset.schema?.map(({ name, type }) => ({
    type: columnTypes[type.toUpperCase()] ?? 'string',
    name,
    required: false,
  }));
  return {
    name: dataset.name,
    digest: dataset.digest.slice(0, digestLength),
    sourceType: sourceType(dataset.source),
    source: JSON.stringify({ uri: dataset.source, sha256: dataset.digest }),
    schema: columns === undefined ? undefined : JSON.stringify({ mlflow_colspec: columns }),
    profile: JSON.stringify({ ...dataset.profile, sha256: dataset.digest }),
    context: dataset.context,
  };
}

function sourceType(source: string): string {
  if (source.startsWith('s3:')) return 's3';
  return /^https?:/.test(source) ? 'http' : 'local';
}
