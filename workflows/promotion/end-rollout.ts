import type { TakenBack } from '../../activities/rollout/end-rollout.js';
import type { StepActivities } from '../../activities/rollout/step-activities.js';
import type { PromotionOutcome } from '../../domain/ledger/promotion-events.js';
import { sayReplacedPositives } from '../../domain/replaced-decisions.js';
import { computeOptions, controlOptions } from '../activity-options.js';
import { steps } from '../steps.js';
import { stampOf, type Story } from './story.js';

const { endRollout } = steps<StepActivities>(controlOptions);
const { takeBackShare } = steps<StepActivities>(computeOptions);

/** How a promotion ends without its challenger. */
export interface End {
  readonly outcome: Exclude<PromotionOutcome, 'promoted' | 'refused'>;
  readonly grounds: readonly string[];
}

/**
 * Gives everything back to the champion: one record, then every prediction that the challenger served is replaced, in one
 * commit with a correction file. Gives what to close the promotion with.
 */
export async function takeBack(story: Story, { outcome, grounds }: End): Promise<readonly string[]> {
  const { promotion, board } = story;
  board.show({ phase: 'ending the rollout', waitingFor: null, reportDigest: null, deadlineAt: null });
  if ((await endRollout({ promotion, outcome, grounds, stamp: stampOf(story) })) === 'none') return grounds;
  board.show({ phase: 'replacing what the challenger served' });
  const taken = await takeBackShare({ promotion, stamp: stampOf(story) });
  board.show({ rollout: null });
  return [...grounds, describe(taken, promotion.challenger.version)];
}

function describe(taken: TakenBack, version: string): string {
  const { rowsReplaced, windows, decisionsChanged, correctionFile, warnings = [] } = taken;
  if (rowsReplaced === 0) return `version ${version} had served nothing that had to be replaced`;
  const count = (value: number): string => value.toLocaleString('en-US');
  const positives = sayReplacedPositives(taken);
  const calls = positives === null ? '' : `, the champion calls ${positives}`;
  const file = correctionFile === null ? '' : `, listed in ${correctionFile}`;
  const warned = warnings.map((warning) => `; warning: ${warning}`).join('');
  return `${count(rowsReplaced)} predictions of version ${version} in ${count(windows)} window(s) were replaced, ${count(decisionsChanged)} decisions changed${calls}${file}${warned}`;
}
