import { PermanentFailure } from '../../domain/failure-types.js';

/** A bucket and what a path names in it: a key, a folder of keys, or a glob over keys. */
export interface ObjectUrl {
  readonly bucket: string;
  /** Without slashes at its end. */
  readonly key: string;
  /** True when a slash at the end says that a folder is meant. */
  readonly isFolder: boolean;
}

/** Throws INVALID_INPUT for what is no address of objects. */
export function parseObjectUrl(url: string): ObjectUrl {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(url) ?? [];
  const key = path.replace(/\/+$/, '');
  if (bucket !== undefined && key !== '') return { bucket, key, isFolder: key !== path };
  throw new PermanentFailure('INVALID_INPUT', 'This is no address of objects on S3.', {
    problems: [{ field: 'url', found: JSON.stringify(url), expected: 's3://bucket/key, a folder, or a glob of keys' }],
    example: 's3://raw-data/flights/**/*.parquet',
  });
}
