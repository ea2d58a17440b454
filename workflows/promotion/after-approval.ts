import { patched } from '@temporalio/workflow';
import type { PromotionActivities } from '../../activities/promotion/promotion-activities.js';
import type { PromotionPlan } from '../../activities/promotion/begin-promotion.js';
import { rolloutOf, type RolloutPlan } from '../../domain/rollout/rollout-plan.js';
import { controlOptions } from '../activity-options.js';
import type { GateOutcome, PromoteResult } from '../api.js';
import { steps } from '../steps.js';
import { close, settleAlias, tryAlias } from './close-promotion.js';
import { takeBack, type End } from './end-rollout.js';
import { hearStop, stopOf } from './hear-decisions.js';
import { takeSteps } from './roll-out.js';
import { stampOf, type Story } from './story.js';
import { watchChampion } from './watch-champion.js';

const { changeChampion } = steps<PromotionActivities>(controlOptions);

/** The approval that everything from here on stands on. */
export interface Approval {
  /** Null when a run before this one measured them. */
  readonly gates: GateOutcome | null;
  readonly reportDigest: string;
  readonly by: string;
  readonly reason: string;
}

/** What an approved promotion still has to do: the steps of the rollout, the change of champion, the watch. */
export async function afterApproval(
  story: Story,
  approval: Approval,
  moved: readonly string[],
): Promise<PromoteResult | 'again'> {
  if (moved.length > 0) return voidApproval(story, approval, moved);
  const rollout = rolloutOf(story.promotion);
  return rollout === null ? applyChange(story, approval) : rollOut(story, approval, rollout);
}

/**
 * Goes on where the ledger says that a run before this one stopped; null when the gates come first. The other promotion
 * that a start for another version finds is brought to its end and not on.
 */
export async function resume(story: Story): Promise<PromoteResult | null> {
  const { promotion } = story;
  const { rollout, stopped, approved, appliedReport } = promotion;
  const approval = {
    gates: null,
    reportDigest: approved?.reportDigest ?? '',
    by: approved?.by ?? 'recorded before',
    reason: approved?.reason ?? '',
  };
  if (rollout?.standing.status === 'overturned')
    return close(story, 'rolled-back', null, approval.by, rollout.standing.grounds);
  if (appliedReport !== null) return finish(story, approval);
  if (rollout?.standing.status === 'ended') return endWithout(story, null, endOf(rollout.standing));
  if (stopped !== null) return endWithout(story, null, stopOf(stopped));
  // Runs from before there were rollouts measured first and heard an abort then.
  const stop = rollout === undefined || promotion.dryRun ? null : await hearStop(story);
  if (stop !== null) return endWithout(story, null, stop);
  if (rollout?.standing.status !== 'step') return null;
  if (rollout.isOther) return endWithout(story, null, { outcome: 'superseded', grounds: [abandoned] });
  const result = await rollOut(story, approval, rollout);
  return result === 'again' ? endWithout(story, null, { outcome: 'superseded', grounds: [overtaken] }) : result;
}

const overtaken = 'what was approved is not what is true any more, and its rollout has begun';
const abandoned = 'its run ended in the middle of the rollout, and another version was chosen';

function endOf({ outcome, grounds }: Extract<RolloutPlan['standing'], { status: 'ended' }>): End {
  return { outcome: outcome === 'promoted' || outcome === 'refused' ? 'superseded' : outcome, grounds };
}

async function rollOut(story: Story, approval: Approval, plan: RolloutPlan): Promise<PromoteResult | 'again'> {
  const result = await takeSteps(story, plan);
  switch (result.status) {
    case 'passed':
      return applyChange(story, approval);
    case 'void':
      return voidApproval(story, approval, result.grounds);
    case 'stopped':
      return endWithout(story, approval.gates, result);
    case 'over':
      return close(story, result.outcome, approval.gates, null, result.grounds);
    case 'closed':
      return close(story, result.standing.outcome, approval.gates, null, result.standing.grounds);
  }
}

/** THE change, when nothing stands against it any more. */
async function applyChange(story: Story, approval: Approval): Promise<PromoteResult | 'again'> {
  const { promotion, board } = story;
  board.show({ phase: 'changing the champion', waitingFor: null, reportDigest: null, deadlineAt: null });
  const { reason } = approval;
  const change = await changeChampion({ promotion, gates: approval, reason, stamp: stampOf(story) });
  if (change.status === 'changed') return finish(story, approval);
  if (change.status === 'tampered' || rolloutOf(promotion) !== null)
    return endWithout(story, approval.gates, { outcome: 'superseded', grounds: change.grounds });
  return voidApproval(story, approval, change.grounds);
}

function voidApproval({ board }: Story, { by }: Approval, why: readonly string[]): 'again' {
  board.note(`The approval by ${by} is void: ${why.join('; ')}. The gates are measured again.`);
  return 'again';
}

/** The champion is changed: the ledger says so already. What is left can be done again as often as needed. */
async function finish(story: Story, { gates, by }: Approval): Promise<PromoteResult> {
  const { rollout, champion } = story.promotion;
  const why = 'gates passed and a person approved the report';
  if (rollout === undefined || champion === null || rollout.watch.cycles === 0)
    return close(story, 'promoted', gates, by, [why], await settleAlias(story));
  // Until there was this patch the watch began only when the registry answered.
  const alias = patched('watched-at-once') ? await tryAlias(story) : await settleAlias(story);
  const { outcome, grounds, rollback } = await watchChampion(story, rollout, champion);
  if (outcome === 'rolled-back') {
    const result = await close(story, outcome, gates, by, grounds, alias);
    return rollback === undefined ? result : { ...result, rollback };
  }
  return close(story, outcome, gates, by, [why, ...grounds], alias ?? (await settleAlias(story)));
}

/** Closes a promotion without its challenger, after everything that one served was taken back. */
export async function endWithout(story: Story, gates: GateOutcome | null, end: End): Promise<PromoteResult> {
  const mayServe = rolloutOf(story.promotion) !== null || isEndedAsBefore(story.promotion);
  const why = mayServe ? await takeBack(story, end) : end.grounds;
  return close(story, end.outcome, gates, null, why);
}

/** Until there was this patch the steps of a first champion, which it never takes, were ended as well. */
function isEndedAsBefore({ rollout, champion }: PromotionPlan): boolean {
  return champion === null && (rollout?.steps.length ?? 0) > 0 && !patched('first-champion-has-no-steps');
}
