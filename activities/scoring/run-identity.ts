import { digestOf } from '../../contracts/digest.js';
import type { ScorePlan } from './begin-score.js';

/** The run identity: what was pinned, without the place in the ledger, which unrelated records move. */
export function runIdentityOf(plan: ScorePlan, snapshotDigest: string, servedDigest: string): string {
  return digestOf({
    pipeline: plan.pipeline,
    window: plan.window,
    asOf: plan.asOf,
    definitionDigest: plan.definitionDigest,
    codeVersion: plan.codeVersion,
    decisionEpoch: plan.decisionEpoch,
    champion: plan.champion.modelDigest,
    shadows: plan.shadows.map((model) => model.modelDigest),
    served: servedDigest,
    snapshotDigest,
  });
}
