import { z } from 'zod';
import { digestOf } from '../../contracts/digest.js';
import type { Problem } from '../../domain/failure-types.js';
import type { RolloutAnalyzed } from '../../domain/ledger/promotion-events.js';
import { must, problemsOf, shown } from '../../domain/ledger/rule.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import { judgeLook } from '../../domain/rollout/decide-look.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { ofType } from '../../domain/verify/ledger-checks.js';
import type { Store } from '../ports/store.js';
import { checkAll, digestProblems, readJson } from './check-files.js';

const verdict = z.enum(['pass', 'fail', 'inconclusive']);
const count = z.int();

/** The part of an analysis that its record repeats, and what its verdict follows from. */
const judgedSchema = z.looseObject({
  pipeline: z.string(),
  promotionId: z.string(),
  phase: z.enum(['step', 'watch']),
  step: count.nullable(),
  progress: z.looseObject({
    cyclesNeeded: count,
    cyclesPublished: count,
    cyclesMatured: count,
    cyclesPending: count,
    isOver: z.boolean(),
    isMature: z.boolean(),
  }),
  windows: z.array(z.looseObject({ window: z.looseObject({ start: z.string() }), standing: z.string() })),
  checks: z.array(z.looseObject({ verdict })),
  verdict,
});

type Judged = z.infer<typeof judgedSchema>;

/** Every look at a rollout has its analysis, which is the one its digest names and says what its record says. */
export function checkAnalyses(store: Store, records: readonly ChainedRecord[]): Promise<VerifyCheck> {
  return checkAll(
    'every analysis of a rollout is there with its digest, and says what its record says',
    ofType(records, 'rollout-analyzed'),
    async ({ record: { event, pipeline, number } }) => {
      const path = `reports/${event.reportDigest}/rollout.json`;
      const found = await readJson(store, path, judgedSchema);
      if ('problems' in found) return found.problems;
      const problems = [
        ...digestProblems(path, digestOf(found.value), event.reportDigest),
        ...findContradictions(found.value, { ...event, pipeline }),
      ];
      return problems.map((problem) => ({ ...problem, field: `record ${String(number)}, ${path}: ${problem.field}` }));
    },
  );
}

function findContradictions(
  analysis: Judged,
  event: RolloutAnalyzed & { readonly pipeline: string },
): readonly Problem[] {
  const own = judgeLook(analysis.progress, analysis.checks);
  const judged = analysis.windows.filter(({ standing }) => standing === 'judged').map(({ window }) => window.start);
  const told = event.windows.map(({ start }) => start);
  const isSame = (field: 'pipeline' | 'promotionId' | 'phase' | 'step' | 'verdict') =>
    must(analysis[field] === event[field], field, shown(analysis[field]), `${shown(event[field])}, as the record says`);
  return problemsOf(
    isSame('pipeline'),
    isSame('promotionId'),
    isSame('phase'),
    isSame('step'),
    isSame('verdict'),
    must(analysis.verdict === own, 'verdict', analysis.verdict, `${own}, as its own checks give`),
    must(judged.join() === told.join(), 'windows', judged.join(', '), `${told.join(', ')}, as the record says`),
  );
}
