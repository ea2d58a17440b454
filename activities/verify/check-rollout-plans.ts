import { z } from 'zod';
import { digestOf } from '../../contracts/digest.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { inRecord } from '../../domain/verify/ledger-checks.js';
import { findPlanProblems, listRollouts } from '../../domain/verify/plan-checks.js';
import type { Store } from '../ports/store.js';
import { checkAll, digestProblems, readJson } from './check-files.js';

/** The part of a definition that says how a challenger is rolled out; one from before there were rollouts has none. */
const planSchema = z.looseObject({
  rollout: z
    .array(
      z.discriminatedUnion('kind', [
        z.looseObject({ kind: z.literal('shadow') }),
        z.looseObject({ kind: z.literal('share'), sharePercent: z.number() }),
      ]),
    )
    .exactOptional(),
});

/**
 * Every rollout took the steps that the definition pinned for it has, and no champion changed before all of them were
 * taken. Records from before the definition was pinned are excused; behind the first that names one, none may leave it out.
 */
export function checkRolloutPlans(store: Store, records: readonly ChainedRecord[]): Promise<VerifyCheck> {
  const known = listRollouts(records).filter(({ definitionDigest, unpinned }) => definitionDigest ?? unpinned[0]);
  const name = 'every rollout took the steps of its plan, and all of them before the champion changed';
  return checkAll(name, known, async (rollout) => {
    const unpinned = rollout.unpinned.map((chained) => inRecord(chained, noPlan));
    if (rollout.definitionDigest === null) return unpinned;
    const path = `definitions/${rollout.definitionDigest}/definition.json`;
    const found = await readJson(store, path, planSchema);
    if ('problems' in found) return found.problems;
    return [
      ...unpinned,
      ...digestProblems(path, digestOf(found.value), rollout.definitionDigest),
      ...findPlanProblems(rollout, found.value.rollout ?? []),
    ];
  });
}

const noPlan = {
  field: 'definitionDigest',
  found: 'none',
  expected: 'the definition that it follows, as those before it have',
};
