import type { LookActivities } from '../../activities/rollout/look-activities.js';
import type { StepActivities } from '../../activities/rollout/step-activities.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import type { RolloutPlan, RolloutProgress } from '../../domain/rollout/rollout-plan.js';
import type { RolloutStanding } from '../../domain/rollout/standing.js';
import { watchEndsAtMs } from '../../domain/rollout/watch-deadline.js';
import { computeOptions, controlOptions } from '../activity-options.js';
import type { PromoteResult } from '../api.js';
import { renderStep } from '../cards/rollout-step-card.js';
import { steps } from '../steps.js';
import { rollBack } from './automatic-rollback.js';
import { answerAfterChange } from './hear-decisions.js';
import { continueWhenLong } from './long-life.js';
import { lookPatiently } from './look-patiently.js';
import { untilNews } from './news.js';
import { stampOf, type Story } from './story.js';

const { readStanding } = steps<StepActivities>(controlOptions);
const { lookAtRollout } = steps<LookActivities>(computeOptions);

/** How a watch came out. */
export interface WatchEnd {
  readonly outcome: 'promoted' | 'rolled-back';
  readonly grounds: readonly string[];
  /** Where the watch itself had it rolled back. */
  readonly rollback?: PromoteResult['rollback'];
}

/**
 * Watches a new champion while the one before it scores in shadow. Harm that is shown rolls back by itself. A watch that
 * is over and settled nothing, or that its deadline cuts off because scoring or labels stay away, ends the promotion as
 * promoted and says so: what serves already needs no go-ahead, and later versions wait for this place. Harm that was
 * shown and is not taken back yet has no deadline.
 */
export async function watchChampion(story: Story, plan: RolloutPlan, previous: ModelRef): Promise<WatchEnd> {
  const { news } = story;
  const endsAtMs = endOf(story, plan);
  let last: RolloutLook | null = null;
  for (let looks = 0; ; looks++) {
    await answerAfterChange(story);
    await continueWhenLong(story, looks, 'watch');
    news.clear();
    const seen = await lookPatiently(story, () => seeWatch(story));
    if (seen === null) {
      if (isCutOff(last, endsAtMs)) return cutOff(plan, last);
      await untilNews(story, waitMs(plan, endsAtMs));
      continue;
    }
    const { standing, look } = seen;
    if (standing.status === 'overturned') return { outcome: 'rolled-back', grounds: standing.grounds };
    if (standing.status === 'closed')
      return { outcome: standing.outcome === 'rolled-back' ? 'rolled-back' : 'promoted', grounds: standing.grounds };
    if (look === null) continue;
    last = look;
    showWatch(story, plan, { look, endsAtMs });
    switch (look.status) {
      case 'pass':
        return { outcome: 'promoted', grounds: [`the watch passed: ${look.sentence}`] };
      case 'inconclusive':
        return { outcome: 'promoted', grounds: [`the watch is over and settled nothing: ${look.sentence}`] };
      case 'fail': {
        const undone = await rollBack(story, previous, look.sentence);
        if (undone !== null)
          return { outcome: 'rolled-back', grounds: [look.sentence, ...undone.grounds], rollback: undone.rollback };
        break;
      }
      case 'waiting':
        break;
    }
    if (isCutOff(look, endsAtMs)) return cutOff(plan, look);
    await untilNews(story, waitMs(plan, endsAtMs));
  }
}

/** A run that takes a watch over knows from the ledger when it began; the run that changed the champion is there itself. */
function endOf({ promotion }: Story, { watch }: RolloutPlan): number {
  const known = promotion.rollout?.standing;
  const since = known?.status === 'changed' ? known.since : undefined;
  return watchEndsAtMs(watch, since === undefined ? Date.now() : Date.parse(since));
}

function isCutOff(last: RolloutLook | null, endsAtMs: number): boolean {
  return Date.now() >= endsAtMs && last?.status !== 'fail';
}

/** Until the next look: no longer than to the deadline, and at the usual pace where harm outlives it. */
function waitMs({ watch }: RolloutPlan, endsAtMs: number): number {
  const leftMs = endsAtMs - Date.now();
  return leftMs > 0 ? Math.min(watch.pollMs, leftMs) : watch.pollMs;
}

function cutOff({ watch }: RolloutPlan, last: RolloutLook | null): WatchEnd {
  const seen =
    last === null
      ? 'no look at it came about'
      : `${String(last.cyclesPublished)} of ${String(watch.cycles)} windows were published, ${String(last.cyclesMatured)} with known labels. ${last.sentence}`;
  return { outcome: 'promoted', grounds: [`the watch was not completed before its deadline: ${seen}`] };
}

/** A look while the watch is under way; none once somebody has ended it. */
async function seeWatch(
  story: Story,
): Promise<{ readonly standing: RolloutStanding; readonly look: RolloutLook | null }> {
  const { promotion } = story;
  const { standing } = await readStanding({ promotion });
  if (standing.status === 'overturned' || standing.status === 'closed') return { standing, look: null };
  return { standing, look: await lookAtRollout({ promotion, phase: 'watch', stamp: stampOf(story) }) };
}

function showWatch(
  { board, promotion }: Story,
  plan: RolloutPlan,
  { look, endsAtMs }: { readonly look: RolloutLook; readonly endsAtMs: number },
): void {
  const endsAt = Number.isFinite(endsAtMs) ? new Date(endsAtMs).toISOString() : null;
  const { cyclesPublished, cyclesMatured, cyclesNeeded, sentence } = look;
  const rollout: RolloutProgress = {
    phase: 'watch',
    step: null,
    steps: plan.steps.length,
    sharePercent: 100,
    checks: look.checks ?? [],
    cyclesPublished,
    cyclesMatured,
    cyclesNeeded,
    sentence,
  };
  board.show({ phase: 'watching', waitingFor: null, rollout }, renderStep(promotion, rollout, endsAt));
}
