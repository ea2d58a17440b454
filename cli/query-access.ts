import type { S3Connection } from '../adapters/s3/s3-client.js';

/*
 * How other programs reach a table on S3. They find credentials where our own client does: the environment, shared
 * files, a role. So none are printed. A table in a folder needs nothing.
 */

/** `storage_options` of deltalake and Polars, as one line of Python; null where none are needed. */
export function storageOptions(connection: S3Connection | null): string | null {
  const { endpoint = null, region = null } = connection ?? {};
  const options = {
    ...(endpoint === null ? {} : { AWS_ENDPOINT_URL: endpoint }),
    ...(region === null ? {} : { AWS_REGION: region }),
    ...(endpoint?.startsWith('http:') === true ? { AWS_ALLOW_HTTP: 'true' } : {}),
  };
  if (Object.keys(options).length === 0) return null;
  const pairs = Object.entries(options).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `storage_options = {${pairs.join(', ')}}`;
}

/** SQL that gives DuckDB the same access; null for a table in a folder. */
export function duckdbSecret(connection: S3Connection | null): string | null {
  if (connection === null) return null;
  const { endpoint, region } = connection;
  const settings = [
    'TYPE s3',
    'PROVIDER credential_chain',
    ...(region === null ? [] : [`REGION '${region}'`]),
    ...(endpoint === null ? [] : endpointSettings(new URL(endpoint))),
  ];
  return `CREATE OR REPLACE SECRET gauntlet (${settings.join(', ')});`;
}

function endpointSettings({ host, protocol }: URL): readonly string[] {
  return [`ENDPOINT '${host}'`, "URL_STYLE 'path'", `USE_SSL ${String(protocol === 'https:')}`];
}
