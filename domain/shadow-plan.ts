import type { LedgerState } from './ledger/state.js';
import type { ModelRef } from './model-ref.js';
import { whyNotCounted, windowsSeenBy } from './rollout/counted-windows.js';
import type { WatchPolicy } from './rollout/rollout-policy.js';
import type { Window } from './window.js';

/** What of a published window says whether it counts for the watch. */
interface WatchedWindow {
  readonly window: Window;
  readonly rows: number;
  readonly decisionEpoch: number;
}

/**
 * Who scores all rows of a window in shadow. In a shadow step of a rollout it is the challenger; while rows are shared
 * nobody, since the two that serve score each other's rows. After a promotion it is the previous champion, for the
 * cycles of the watch, so that a rollback can republish without scoring again. `published` are the other windows: those
 * of the champion's term count, whatever steps of rollouts it has seen since, and of them those that the look at the watch
 * counts too.
 */
export function planShadows(
  state: LedgerState,
  policy: Pick<WatchPolicy, 'cycles'>,
  published: readonly WatchedWindow[],
): readonly ModelRef[] {
  const { split, previousChampion } = state;
  if (split !== null) return split.sharePercent === 0 ? [split.challenger] : [];
  const term = state.championHistory.at(-1);
  if (term === undefined || term.cause === 'rollback' || previousChampion === null) return [];
  const seen = windowsSeenBy(state, [term.model, previousChampion]);
  const cycles = published.filter(
    (window) => window.decisionEpoch >= term.epoch && whyNotCounted(window, seen) === null,
  );
  return cycles.length < policy.cycles ? [previousChampion] : [];
}
