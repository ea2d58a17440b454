import { PermanentFailure } from '../../domain/failure-types.js';
import type { LocalCache } from '../s3/local-cache.js';
import { S3Bucket } from '../s3/s3-bucket.js';
import { createS3Client, type S3Connection } from '../s3/s3-client.js';
import { isRefused, noAccess } from '../s3/s3-errors.js';
import { S3Store } from './s3-store.js';
import { loadIdentity, storeFile } from './store-identity.js';

interface Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** A store in a bucket, and the identity it was given at its first use. */
export type OpenedS3Store = S3Store & { readonly identity: string };

/** Opens the store, once the bucket answers and has shown that it keeps the rule a store stands on. */
export async function openS3Store(
  place: Place,
  local: { readonly stagingFolder: string; readonly cache: LocalCache; readonly connection: S3Connection },
): Promise<OpenedS3Store> {
  const { connection, ...places } = local;
  const bucket = await openBucket(place, connection);
  const store = new S3Store({ ...places, bucket, prefix: place.prefix, endpoint: connection.endpoint ?? 'aws' });
  try {
    const identity = await loadIdentity(store, store.location);
    await assertNeverOverwrites(store);
    return Object.assign(store, { identity });
  } catch (error) {
    throw isRefused(error) ? cannotUse(place, connection, error) : error;
  }
}

/** One file of a store that is not opened. */
export async function readFromBucket(
  place: Place,
  connection: S3Connection,
  storePath: string,
): Promise<Uint8Array | null> {
  const bucket = await openBucket(place, connection);
  return bucket.read([place.prefix, storePath].filter((part) => part !== '').join('/'));
}

async function openBucket(place: Place, connection: S3Connection): Promise<S3Bucket> {
  try {
    const bucket = new S3Bucket(createS3Client(connection), place.bucket);
    await bucket.assertAccess(place.prefix);
    return bucket;
  } catch (error) {
    throw cannotUse(place, connection, error);
  }
}

/**
 * Some services take a conditional write and ignore the condition: two champions, and nobody would notice. So the store's
 * own file is offered to it once more, with the very bytes it has: who ignores the condition overwrites it with itself.
 * Credentials that only read cannot ask, and need not.
 */
async function assertNeverOverwrites(store: S3Store): Promise<void> {
  const bytes = await store.read(storeFile);
  if (bytes === null) throw new Error(`${storeFile} was there and is gone`);
  const outcome = await store.createIfAbsent(storeFile, bytes).catch((error: unknown) => {
    if (isRefused(error) && error instanceof Error && error.name === 'AccessDenied') return 'exists' as const;
    throw error;
  });
  if (outcome === 'exists') return;
  throw new PermanentFailure('INVALID_INPUT', `${store.location} cannot hold a store: it overwrites.`, {
    problems: [
      {
        field: 'PutObject with If-None-Match: *',
        found: 'a second write of one name succeeded',
        expected: 'a service that refuses it with 412, as AWS S3 does',
      },
    ],
  });
}

function cannotUse({ bucket }: Place, connection: S3Connection, error: unknown): PermanentFailure {
  if (error instanceof PermanentFailure) return error;
  return noAccess('INVALID_INPUT', `The store in the bucket ${bucket} cannot be used.`, error, { bucket, connection });
}
