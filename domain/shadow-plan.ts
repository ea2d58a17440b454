import type { LedgerState } from './ledger/state.js';
import type { ModelRef } from './model-ref.js';
import type { WatchPolicy } from './pipeline-definition.js';

/**
 * Who scores in shadow: after a promotion the previous champion, for the cycles of the watch, so that a rollback can
 * republish without scoring again. `windowsOfEpoch` counts the windows published in the current decision epoch.
 */
export function planShadows(state: LedgerState, policy: Pick<WatchPolicy, 'cycles'>, windowsOfEpoch: number): readonly ModelRef[] {
  const term = state.championHistory.at(-1);
  if (term === undefined || term.cause === 'rollback' || state.previousChampion === null) return [];
  return windowsOfEpoch < policy.cycles ? [state.previousChampion] : [];
}
