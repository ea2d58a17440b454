import { say, sayPercent } from '../gates/check-facts.js';
import { chanceOfShare } from '../statistics/share-evidence.js';
import type { CohortSize, LookCheck } from './analysis.js';

/**
 * Whether the cohort is as large as its share says. Entities are drawn, not rows, and some have many rows, so entities are
 * counted. `alpha` is the chance of a false alarm at all looks at a step together. A mismatch settles nothing about the
 * models, which are compared on identical rows, but says that the split is not the one that was decided on, so a person
 * has to look; more windows will not mend it.
 */
export function judgeSampleRatio(cohort: CohortSize | null, sharePercent: number, alpha: number): LookCheck {
  const base = { name: 'sample-ratio', limit: alpha, n: 0, unit: 'entities', isOpen: true } as const;
  if (cohort === null || cohort.entities === 0)
    return { ...base, value: null, verdict: 'inconclusive', why: 'whom both sides served could not be counted yet' };
  return judgeCohort(cohort, sharePercent, { ...base, n: cohort.entities, isOpen: false });
}

function judgeCohort(
  cohort: CohortSize,
  sharePercent: number,
  base: Pick<LookCheck, 'name' | 'limit' | 'n' | 'unit' | 'isOpen'>,
): LookCheck {
  const { entities, challengerEntities, sharedEntities, rows, challengerRows } = cohort;
  const chance = chanceOfShare({ count: challengerEntities, of: entities }, sharePercent / 100);
  const served = `the challenger served ${String(challengerEntities)} of ${String(entities)} entities (${sayPercent(challengerEntities / entities)}) and ${sayPercent(rows === 0 ? 0 : challengerRows / rows)} of the rows, the split is ${say(sharePercent)} %`;
  if (sharedEntities > 0) {
    const why = `${served}; ${String(sharedEntities)} entities were served by both sides`;
    return { ...base, value: chance, verdict: 'inconclusive', why };
  }
  if (chance >= base.limit) return { ...base, value: chance, verdict: 'pass', why: served };
  return {
    ...base,
    value: chance,
    verdict: 'inconclusive',
    why: `${served}: chance ${chance.toExponential(1)} over all looks`,
  };
}
