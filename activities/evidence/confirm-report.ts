import { sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { Store } from '../ports/store.js';
import { failIfChanged, findChangedPages } from './report-pages.js';

/**
 * Reads the report that is about to be acted on: an approval names its digest, so the bytes in the store have to be the
 * ones that it names, and the page that a person reads has to be the one that was written. Throws STORE_MISMATCH for a report that was changed or is gone. Measuring again would not
 * help, because nothing in the store is ever overwritten: a person has to look at who touched it.
 */
export async function confirmReport(store: Store, reportDigest: string, pages: readonly FileRef[] = []): Promise<void> {
  failIfChanged(await findChangedPages(store, pages));
  const path = `reports/${reportDigest}/report.json`;
  const bytes = await store.read(path);
  const found = bytes === null ? null : sha256Hex(bytes);
  if (found === reportDigest) return;
  throw new PermanentFailure('STORE_MISMATCH', 'The gate report in the store is not the one that its digest names.', {
    problems: [
      {
        field: path,
        found: found === null ? 'nothing' : `a file with sha256 ${found}`,
        expected: `the file with sha256 ${reportDigest}, which is what a person approves`,
      },
    ],
    example:
      'find out who changed the file, move it away, and promote again: the evidence is measured and written anew',
  });
}
