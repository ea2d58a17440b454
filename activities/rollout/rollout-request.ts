import type { Stamp } from '../../workflows/run-context.js';
import type { PromotionPlan } from '../promotion/begin-promotion.js';

/** What every step of a rollout needs to know of its promotion. */
export interface RolloutRequest {
  readonly promotion: Pick<
    PromotionPlan,
    'pipeline' | 'promotionId' | 'definitionDigest' | 'challenger' | 'champion' | 'reason'
  >;
  readonly stamp: Stamp;
}

export function idOf({ promotionId }: RolloutRequest['promotion']): string {
  if (promotionId === null) throw new TypeError('unreachable: a dry run rolls nothing out');
  return promotionId;
}
