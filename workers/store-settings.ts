import path from 'node:path';
import type { S3Connection } from '../adapters/s3/s3-client.js';
import { parseStoreLocation, renderStoreLocation } from '../adapters/store/store-location.js';
import { PermanentFailure, type Problem } from '../domain/failure-types.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the shared store is, and how objects on S3 are reached. */
export interface StoreSettings {
  /** An absolute folder, or `s3://bucket/prefix`. */
  readonly storeLocation: string;
  readonly s3: S3Connection;
}

/** Throws INVALID_INPUT naming every variable that does not fit. */
export function readStoreSettings(env: Environment, stateDir: string): StoreSettings {
  const parsed = parseStoreLocation(env['GAUNTLET_STORE'] ?? path.join(stateDir, 'store'));
  const endpoint = env['GAUNTLET_S3_ENDPOINT'] ?? null;
  const problems: readonly Problem[] = [
    ...('problems' in parsed ? parsed.problems : []),
    ...(endpoint === null ? [] : endpointProblems(endpoint)),
  ];
  if (problems.length > 0 || 'problems' in parsed) {
    throw new PermanentFailure('INVALID_INPUT', 'The environment has a setting that does not fit.', {
      problems,
      example: 'GAUNTLET_STORE=s3://forecasts/gauntlet',
    });
  }
  // Services other than AWS want a region in the signature and seldom care which.
  const region = env['GAUNTLET_S3_REGION'] ?? env['AWS_REGION'] ?? (endpoint === null ? null : 'us-east-1');
  return { storeLocation: renderStoreLocation(parsed), s3: { endpoint, region } };
}

function endpointProblems(endpoint: string): readonly Problem[] {
  const { protocol } = URL.canParse(endpoint) ? new URL(endpoint) : { protocol: '' };
  if (['http:', 'https:'].includes(protocol)) return [];
  const expected = 'an address such as https://s3.example.com';
  return [{ field: 'GAUNTLET_S3_ENDPOINT', found: JSON.stringify(endpoint), expected }];
}
