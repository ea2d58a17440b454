import { PermanentFailure } from '../../domain/failure-types.js';

/** Something refers to a file that is not there. */
export function missingFile(storePath: string): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', `${storePath} is not in the store`, {
    problems: [{ field: storePath, found: 'no file', expected: 'a file that was stored before' }],
  });
}

/** A file is not the one it should be: it stood there before, or it came back otherwise than it was written. */
export function otherContent(
  storePath: string,
  found: string,
  expected: string,
  outcome: 'created' | 'exists',
): PermanentFailure {
  const what = outcome === 'exists' ? 'holds other content' : 'did not read back as it was written';
  return new PermanentFailure('STORE_MISMATCH', `${storePath} ${what}`, {
    problems: [{ field: storePath, found: `sha256 ${found}`, expected: `sha256 ${expected}` }],
  });
}
