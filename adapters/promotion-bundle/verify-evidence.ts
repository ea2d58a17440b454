import { equal, hashOf, readBytes, readNamed } from './bundle-files.js';
import { modelOf, partsOf, type Told } from './bundle-ledger.js';

interface Report {
  readonly verdict: string;
  readonly challenger: { readonly modelDigest: string };
}

/** The gate reports are those that the ledger names, and the last one before anything changed had passed. */
export function verifyEvidence(told: Told) {
  const { opened, change, steps, evaluations } = partsOf(told);
  for (const { number, event } of evaluations) {
    const report = readNamed(`reports/${event.reportDigest ?? '?'}/report.json`, event.reportDigest) as Report;
    equal(report.verdict, event.verdict, `verdict of the report of record ${String(number)}`);
    equal(report.challenger.modelDigest, modelOf(opened).modelDigest, 'challenger of the report');
    for (const { path, sha256 } of event.pages ?? []) {
      if (path.endsWith('.html')) equal(hashOf(readBytes(path)), sha256, `sha256 of ${path}`);
    }
  }
  const act = steps[0] ?? change;
  if (act === undefined) return { says: `${String(evaluations.length)} gate reports are those the ledger names` };
  const last = evaluations.filter(({ number }) => number < act.number).at(-1);
  equal(last?.event.verdict, 'pass', 'verdict of the report before anything changed');
  if (change === undefined)
    return {
      says: `report ${last?.event.reportDigest ?? '?'} passed before the challenger was tried beside the champion`,
    };
  equal(change.event.reportDigest, last?.event.reportDigest, 'report that the change of champion names');
  return { says: `report ${change.event.reportDigest ?? '?'} passed before the champion changed` };
}
