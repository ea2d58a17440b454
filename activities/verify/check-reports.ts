import { z } from 'zod';
import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import { combineChecks } from '../../domain/gates/evaluate-gates.js';
import type { GatesEvaluated } from '../../domain/ledger/promotion-events.js';
import { must, problemsOf, shown } from '../../domain/ledger/rule.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { ofType } from '../../domain/verify/ledger-checks.js';
import { findChangedPages, readPages } from '../evidence/report-pages.js';
import type { Store } from '../ports/store.js';
import { checkAll, digestProblems, readJson } from './check-files.js';

/** Every report that a promotion was judged by is there, and is the one its digest names. */
export function checkReports(store: Store, records: readonly ChainedRecord[]): Promise<VerifyCheck> {
  const digests = new Set(ofType(records, 'gates-evaluated').map(({ record }) => record.event.reportDigest));
  return checkAll('every gate report is there with its digest', [...digests], async (digest) => {
    const path = `reports/${digest}/report.json`;
    const found = await readJson(store, path, z.unknown());
    return 'problems' in found ? found.problems : digestProblems(path, digestOf(found.value), digest);
  });
}

/**
 * Page and model card are what was written: people read those, not the JSON that they approve. The record says what they
 * are; of one from before it did, the file beside them.
 */
export function checkPages(store: Store, records: readonly ChainedRecord[]): Promise<VerifyCheck> {
  const evaluated = ofType(records, 'gates-evaluated').map(({ record }) => record.event);
  return checkAll('every page of a gate report is the one that was written', evaluated, async (event) => {
    try {
      return await findChangedPages(store, event.pages ?? (await readPages(store, event.reportDigest)));
    } catch (error) {
      if (error instanceof PermanentFailure) return error.problems;
      throw error;
    }
  });
}

const verdict = z.enum(['pass', 'fail', 'inconclusive']);

/** The part of a report that its record repeats. */
const judgedSchema = z.looseObject({
  pipeline: z.string(),
  decisionEpoch: z.int(),
  champion: z.looseObject({ modelDigest: z.string(), registeredName: z.string().nullable() }),
  challenger: z.looseObject({ modelDigest: z.string() }),
  checks: z.array(
    z.looseObject({
      name: z.string(),
      mode: z.enum(['enforce', 'advise', 'observe']).default('enforce'),
      verdict: z.enum([...verdict.options, 'error']),
    }),
  ),
  verdict,
});

/**
 * What the ledger says of a report is what stands in it, and its verdict is the one that its own checks give: a record
 * cannot turn a failing report into a passing one. A report that is not there is told by the check above.
 */
export function checkJudgements(store: Store, records: readonly ChainedRecord[]): Promise<VerifyCheck> {
  return checkAll(
    'every gate report says what its record says',
    ofType(records, 'gates-evaluated'),
    async (chained) => {
      const { event, pipeline, number } = chained.record;
      const path = `reports/${event.reportDigest}/report.json`;
      if ((await store.read(path)) === null) return [];
      const found = await readJson(store, path, judgedSchema);
      if ('problems' in found) return found.problems;
      return findContradictions(found.value, { ...event, pipeline }).map((problem) => ({
        ...problem,
        field: `record ${String(number)}, ${path}: ${problem.field}`,
      }));
    },
  );
}

function findContradictions(
  report: z.infer<typeof judgedSchema>,
  event: GatesEvaluated & { readonly pipeline: string },
): readonly Problem[] {
  const own = combineChecks(report.checks);
  const champion = report.champion.registeredName === null ? null : report.champion.modelDigest;
  const challenger = report.challenger.modelDigest;
  const told = listed(event.checks);
  return problemsOf(
    must(report.pipeline === event.pipeline, 'pipeline', report.pipeline, event.pipeline),
    must(report.verdict === event.verdict, 'verdict', report.verdict, `${event.verdict}, as the record says`),
    must(report.verdict !== 'pass' || own === 'pass', 'verdict', report.verdict, `${own}, as its own checks give`),
    must(challenger === event.challengerDigest, 'challenger', challenger, event.challengerDigest),
    must(champion === event.championDigest, 'champion', shown(champion), shown(event.championDigest)),
    must(
      report.decisionEpoch === event.decisionEpoch,
      'decisionEpoch',
      shown(report.decisionEpoch),
      shown(event.decisionEpoch),
    ),
    must(listed(report.checks) === told, 'checks', listed(report.checks), `${told}, as the record says`),
  );
}

function listed(checks: readonly { readonly name: string; readonly verdict: string }[]): string {
  return checks.map(({ name, verdict: judged }) => `${name} ${judged}`).join(', ');
}
