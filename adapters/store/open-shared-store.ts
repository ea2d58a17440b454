import path from 'node:path';
import type { StagingArea } from '../../activities/ports/staging-area.js';
import type { Store } from '../../activities/ports/store.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { LocalCache } from '../s3/local-cache.js';
import type { S3Connection } from '../s3/s3-client.js';
import { FileSystemStore } from './file-system-store.js';
import { openStore } from './open-store.js';
import { stagingAreaOf } from './staging-folder.js';
import { parseStoreLocation, type StoreLocation } from './store-location.js';

/** A store that workers share, wherever it is. */
export interface SharedStore extends Store {
  /** Given at its first use. */
  readonly identity: string;
  /** Where people and other programs find a path of it: a path on this host, or an `s3://` address. */
  locate(storePath: string): string;
  /** What is being written lies beside the store of a folder, for everybody; on S3 each host has its own work folder. */
  readonly staging: StagingArea;
}

/** What a store on S3 needs on this host, and how its service is reached. */
export interface LocalPlaces {
  readonly workDir: string;
  readonly cache: LocalCache;
  readonly connection: S3Connection;
}

/**
 * Opens the store at a location, a folder or `s3://bucket/prefix`; the first use creates its `store.json`. Throws
 * INVALID_INPUT naming what to correct when the place cannot be used, STORE_MISMATCH when it holds something else.
 * What speaks to S3 is loaded for a store on S3 only.
 */
export async function openSharedStore(location: string, places: LocalPlaces): Promise<SharedStore> {
  const parsed = requireLocation(location);
  if (parsed.kind === 'folder') {
    const store = await openStore(parsed.folder);
    return Object.assign(store, { staging: store });
  }
  const { openS3Store } = await import('./open-s3-store.js');
  const stagingFolder = path.join(places.workDir, 'staging');
  const store = await openS3Store(parsed, { ...places, stagingFolder });
  return Object.assign(store, { staging: stagingAreaOf(stagingFolder) });
}

/** The text of `store.json`, for those who only look; null where no store is yet. Throws as opening does. */
export async function readStoreFile(location: string, connection: S3Connection): Promise<string | null> {
  const parsed = requireLocation(location);
  const { storeFile } = await import('./store-identity.js');
  const bytes =
    parsed.kind === 'folder'
      ? await new FileSystemStore(parsed.folder).read(storeFile)
      : await (await import('./open-s3-store.js')).readFromBucket(parsed, connection, storeFile);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

function requireLocation(text: string): StoreLocation {
  const parsed = parseStoreLocation(text);
  if (!('problems' in parsed)) return parsed;
  throw new PermanentFailure('INVALID_INPUT', 'This is no place for a store.', {
    problems: parsed.problems,
    example: 's3://forecasts/gauntlet',
  });
}
