import { createHash } from 'node:crypto';
import { PermanentFailure } from '../../domain/failure-types.js';
import { isDataFile, isGlob, matchesGlob, splitGlob, type SourceFormat } from '../../domain/source-paths.js';
import type { LocalCache } from '../s3/local-cache.js';
import { S3Bucket, type ObjectFacts } from '../s3/s3-bucket.js';
import { createS3Client, type S3Connection } from '../s3/s3-client.js';
import { isRefused, noAccess } from '../s3/s3-errors.js';
import { parseObjectUrl, type ObjectUrl } from './object-url.js';
import type { LocalObject, RemoteSources } from './remote-sources.js';

/** Enough to fill a line, and few enough to leave the disk some order. */
const downloadsAtOnce = 4;

/**
 * Objects on S3 as local copies. What was listed is what is copied: an object that is replaced meanwhile is noticed.
 * Throws SOURCE_MISSING where there is nothing to read or no right to read it, SOURCE_CHANGED where it changed.
 */
export function createS3Sources(args: {
  readonly cache: LocalCache;
  readonly connection: S3Connection;
}): RemoteSources {
  const client = createS3Client(args.connection);
  const service = args.connection.endpoint ?? 'aws';
  return {
    async resolve(url, format, signal) {
      const wanted = parseObjectUrl(url);
      const bucket = new S3Bucket(client, wanted.bucket);
      try {
        const objects = await findObjects(bucket, wanted, format);
        if (objects.length === 0) throw nothingThere(url);
        const copy = (object: ObjectFacts) => copyOf(bucket, object, { cache: args.cache, service });
        return await inOrder(objects, copy, signal);
      } catch (error) {
        if (!isRefused(error)) throw error;
        const place = { bucket: wanted.bucket, connection: args.connection };
        throw noAccess('SOURCE_MISSING', `${url} cannot be read.`, error, place);
      }
    },
  };
}

/** In the order of keys, and so of addresses. */
async function findObjects(
  bucket: S3Bucket,
  { key, isFolder }: ObjectUrl,
  format: SourceFormat,
): Promise<readonly ObjectFacts[]> {
  if (isGlob(key)) return listGlob(bucket, key);
  const facts = isFolder ? null : await bucket.head(key);
  if (facts !== null) return [facts];
  // A database is one file wherever it lies.
  return format === 'duckdb' ? [] : listBelow(bucket, `${key}/`, (name) => isDataFile(name, format));
}

/** What stands before the first wildcard narrows the listing, which may be long. */
function listGlob(bucket: S3Bucket, glob: string): Promise<readonly ObjectFacts[]> {
  const { pattern } = splitGlob(glob);
  const folder = glob.slice(0, -pattern.length);
  const literal = /^[^*?[\]]*/.exec(pattern)?.[0] ?? '';
  return listBelow(bucket, folder, (name) => matchesGlob(name, pattern), literal);
}

/** The objects below a folder whose names in it are wanted; `start` is what all of those begin with. */
async function listBelow(
  bucket: S3Bucket,
  folder: string,
  isWanted: (name: string) => boolean,
  start = '',
): Promise<readonly ObjectFacts[]> {
  const found: ObjectFacts[] = [];
  for await (const object of bucket.list(folder + start)) {
    // Some tools mark a folder by an empty object whose name ends in a slash.
    if (!object.key.endsWith('/') && isWanted(object.key.slice(folder.length))) found.push(object);
  }
  return found.sort((one, other) => (one.key < other.key ? -1 : 1));
}

/**
 * Each version of an object has a folder of its own, because runs that are pinned to an older one may still read it;
 * below it stands the whole key, so that `name=value` folders mean what they mean in the bucket.
 */
async function copyOf(
  bucket: S3Bucket,
  object: ObjectFacts,
  { cache, service }: { readonly cache: LocalCache; readonly service: string },
): Promise<LocalObject> {
  const { key, version } = object;
  const url = `s3://${bucket.name}/${key}`;
  assertLocalName(url, key);
  const id = createHash('sha256').update([service, url, version].join('\n')).digest('hex').slice(0, 32);
  const copy = await cache.file({ name: `sources/${id}/${key}`, version }, (target) => bucket.download(object, target));
  if (copy === null) throw changed(url, version);
  return { url, localPath: copy.path, bytes: copy.bytes, version };
}

/** A key may be any text; as a path it must not climb or vanish. */
function assertLocalName(url: string, key: string): void {
  if (key.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))) return;
  throw new PermanentFailure('INVALID_INPUT', 'This object has a key that cannot be a path.', {
    problems: [{ field: 'url', found: JSON.stringify(url), expected: 'names joined by single slashes' }],
  });
}

async function inOrder<T, R>(
  items: readonly T[],
  use: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let first = 0; first < items.length; first += downloadsAtOnce) {
    signal?.throwIfAborted();
    results.push(...(await Promise.all(items.slice(first, first + downloadsAtOnce).map(use))));
  }
  return results;
}

function nothingThere(url: string): PermanentFailure {
  return new PermanentFailure('SOURCE_MISSING', `There is nothing at ${url}.`, {
    problems: [
      {
        field: 'url',
        found: 'no object',
        expected: `an object, or a folder of objects, that ${JSON.stringify(url)} names`,
      },
    ],
  });
}

function changed(url: string, version: string): PermanentFailure {
  return new PermanentFailure('SOURCE_CHANGED', `${url} changed while it was read.`, {
    problems: [{ field: url, found: 'another object, or none', expected: `version ${version}` }],
  });
}
