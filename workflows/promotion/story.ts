import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { DecisionInbox } from '../decision-inbox.js';
import type { PromotionNews } from './news.js';
import { stampNow, type RunContext, type Stamp } from '../run-context.js';
import type { StatusBoard } from '../status-board.js';

/** Where a promotion is told, heard and stamped. */
export interface Room {
  readonly board: StatusBoard;
  readonly inbox: DecisionInbox;
  readonly news: PromotionNews;
  readonly run: RunContext;
}

/** A promotion that this run owns. */
export interface Story extends Room {
  readonly promotion: PromotionPlan;
  /** What this run was started with, and what it learned while it queued: a run that goes on with it needs the same. */
  readonly input: unknown;
}

/** Now, in the name of whoever started the promotion. */
export function stampOf(story: Story): Stamp {
  return stampNow(story.run, story.promotion.actor);
}
