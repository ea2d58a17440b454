import path from 'node:path';
import type { Problem } from '../../domain/failure-types.js';

/** Where a store is: a folder of this host's file system, or a bucket, with the part of its keys that all have in common. */
export type StoreLocation =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** The rules of S3 for names of buckets. */
const bucketPattern = /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])$/;

/** Characters that need no escape in any client, and no empty part: keys must look the same to every reader. */
const prefixPattern = /^[A-Za-z0-9_=.-]+(?:\/[A-Za-z0-9_=.-]+)*$/;

/** Reads a folder path or `s3://bucket/prefix`; tells every problem instead where the text is neither. */
export function parseStoreLocation(text: string): StoreLocation | { readonly problems: readonly Problem[] } {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined) return { kind: 'folder', folder: path.resolve(text) };
  const field = 'GAUNTLET_STORE';
  if (scheme !== 's3') return { problems: [{ field, found: text, expected: 'a folder, or s3://bucket/prefix' }] };
  const [bucket = '', ...rest] = text.slice('s3://'.length).split('/');
  const prefix = rest.join('/').replace(/\/$/, '');
  const problems: Problem[] = [];
  if (!bucketPattern.test(bucket)) {
    const expected = 'the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens';
    problems.push({ field: `${field} (bucket)`, found: JSON.stringify(bucket), expected });
  }
  if (prefix !== '' && !prefixPattern.test(prefix)) {
    const expected = 'names of letters, digits and _=.- joined by /';
    problems.push({ field: `${field} (prefix)`, found: JSON.stringify(prefix), expected });
  }
  return problems.length > 0 ? { problems } : { kind: 's3', bucket, prefix };
}

/** As a person writes it. */
export function renderStoreLocation(location: StoreLocation): string {
  if (location.kind === 'folder') return location.folder;
  return `s3://${[location.bucket, location.prefix].filter((part) => part !== '').join('/')}`;
}
