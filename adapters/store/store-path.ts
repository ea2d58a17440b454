import path from 'node:path';
import { PermanentFailure } from '../../domain/failure-types.js';

/** Where files are written before they have a name. Nobody lists it, and no store path leads into it. */
export const stagingFolder = '.staging';

/** Letters, digits and the marks that names of ours use; no separators, no control characters, no leading or trailing dot. */
const segmentPattern = /^(?!\.)[A-Za-z0-9_=.:+@%-]+(?<!\.)$/;

/** The place of a store path on the disk. Throws INVALID_INPUT as `storePathParts` does. */
export function resolveStorePath(root: string, storePath: string): string {
  return path.join(root, ...storePathParts(storePath));
}

/**
 * The names a store path consists of. Refuses whatever could climb out of the root or hit a file by another name:
 * absolute paths, `..`, empty parts, backslashes, control characters, leading and trailing dots.
 */
export function storePathParts(storePath: string): readonly string[] {
  const parts = storePath.split('/');
  const wrong = parts.find((part) => !segmentPattern.test(part));
  if (wrong !== undefined || storePath.length > 1024) {
    throw new PermanentFailure('INVALID_INPUT', 'this is not a path inside the store', {
      problems: [
        {
          field: 'path',
          found: JSON.stringify(storePath),
          expected: 'names of letters, digits and _=.:+@%- joined by /',
        },
      ],
      example: 'models/3f2a/manifest.json',
    });
  }
  return parts;
}
