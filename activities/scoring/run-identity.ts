import { digestOf } from '../../contracts/digest.js';
import type { PinnedSplit } from '../../domain/cohort.js';
import type { Rung } from '../../domain/score-ladder.js';
import type { ScorePlan } from './begin-score.js';

/**
 * The run identity: what was pinned and which models scored, without the place in the ledger, which unrelated records
 * move.
 */
export function runIdentityOf(plan: ScorePlan, snapshotDigest: string, rung: Rung): string {
  return digestOf({
    pipeline: plan.pipeline,
    window: plan.window,
    asOf: plan.asOf,
    definitionDigest: plan.definitionDigest,
    codeVersion: plan.codeVersion,
    decisionEpoch: plan.decisionEpoch,
    champion: plan.champion.modelDigest,
    served: rung.served.model.modelDigest,
    cohort: rung.served.cohort,
    shadows: rung.shadows.map((model) => model.modelDigest),
    snapshotDigest,
    // Left out where there is no rollout: a run keeps the identity that it had before there were any.
    split: identityOfSplit(plan.split ?? null),
    challenger: rung.challenger?.model.modelDigest,
  });
}

function identityOfSplit(split: PinnedSplit | null) {
  if (split === null) return undefined;
  const { challenger, sharePercent, salt } = split;
  return { challenger: challenger.modelDigest, sharePercent, salt };
}

/** The publication that a run compares decisions with; a run that is published already does not compare with itself. */
export function comparedWithOf({ live }: ScorePlan, runIdentity: string): string | null {
  return live === null || live.identity === runIdentity ? null : live.identity;
}
