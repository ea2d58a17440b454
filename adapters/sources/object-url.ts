import { PermanentFailure } from '../../domain/failure-types.js';

/** A bucket and a key, in which `*` stands for any part of one name and `**` for any number of folders. */
export interface ObjectUrl {
  readonly bucket: string;
  readonly pattern: string;
}

/** Throws INVALID_INPUT for what is no address of objects. */
export function parseObjectUrl(url: string): ObjectUrl {
  const [, bucket, pattern] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(url) ?? [];
  if (bucket !== undefined && pattern !== undefined && !pattern.endsWith('/')) return { bucket, pattern };
  throw new PermanentFailure('INVALID_INPUT', 'This is no address of objects on S3.', {
    problems: [{ field: 'url', found: JSON.stringify(url), expected: 's3://bucket/key, with * and ** in the key' }],
    example: 's3://raw-data/flights/**/*.parquet',
  });
}

/** What every key that fits begins with; the whole pattern when it has no `*`. */
export function literalPrefix(pattern: string): string {
  const star = pattern.indexOf('*');
  return star < 0 ? pattern : pattern.slice(0, star);
}

export function matchesPattern(pattern: string, key: string): boolean {
  const source = pattern
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) => wildcards.get(part) ?? part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${source}$`, 's').test(key);
}

/** Any number of folders may be none: two stars between slashes take one slash with them. */
const wildcards: ReadonlyMap<string, string> = new Map([
  ['**/', '(?:[^/]+/)*'],
  ['**', '.*'],
  ['*', '[^/]*'],
]);
