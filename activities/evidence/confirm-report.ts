import { sha256Hex } from '../../contracts/digest.js';
import { describeProblem, PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { GatesEvaluated } from '../../domain/ledger/promotion-events.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { Store } from '../ports/store.js';
import { failIfChanged, findChangedPages } from './report-pages.js';

/**
 * Reads the report that is about to be asked about: an approval names its digest, so the bytes in the store have to be the
 * ones that it names, and the page that a person reads has to be the one that was written. Throws STORE_MISMATCH for a
 * report that was changed or is gone. Measuring again would not help, because nothing in the store is ever overwritten: a
 * person has to look at who touched it.
 */
export async function confirmReport(store: Store, reportDigest: string, pages: readonly FileRef[] = []): Promise<void> {
  failIfChanged(await findChangedPages(store, pages));
  const problems = await findReportProblems(store, reportDigest);
  if (problems.length === 0) return;
  throw new PermanentFailure('STORE_MISMATCH', 'The gate report in the store is not the one that its digest names.', {
    problems,
    example:
      'find out who changed the file, move it away, and promote again: the evidence is measured and written anew',
  });
}

/**
 * What was tampered with of the report that an approval names, one sentence for each file; empty when all of it is as it
 * was written. A report that nothing was approved on is for the ledger's rules to refuse.
 */
export async function findTampering(
  store: Store,
  report: Pick<GatesEvaluated, 'reportDigest' | 'pages'> | null,
): Promise<readonly string[]> {
  if (report === null) return [];
  try {
    const { reportDigest, pages = [] } = report;
    const problems = [...(await findReportProblems(store, reportDigest)), ...(await findChangedPages(store, pages))];
    return problems.map(describeTampering);
  } catch (error) {
    // Such as a link where a file was: the store does not follow it.
    if (!(error instanceof PermanentFailure) || error.type !== 'STORE_MISMATCH') throw error;
    return error.problems.length === 0 ? [error.message] : error.problems.map(describeTampering);
  }
}

function describeTampering(problem: Problem): string {
  return `the approved report was tampered with: ${describeProblem(problem)}`;
}

async function findReportProblems(store: Store, reportDigest: string): Promise<readonly Problem[]> {
  const path = `reports/${reportDigest}/report.json`;
  const bytes = await store.read(path);
  const found = bytes === null ? null : sha256Hex(bytes);
  if (found === reportDigest) return [];
  return [
    {
      field: path,
      found: found === null ? 'nothing' : `a file with sha256 ${found}`,
      expected: `the file with sha256 ${reportDigest}, which is what a person approves`,
    },
  ];
}
