import type { LedgerState } from '../ledger/state.js';
import type { ModelRef } from '../model-ref.js';
import type { Window } from '../window.js';

/**
 * What keeps a published window from being a cycle of a step, or of the watch: it has no rows, or one of the two sides was
 * trained or validated on it, so that it says nothing about them. Null for a window that counts, whatever comes of its
 * comparison. Who scores in shadow and who looks go by this one rule: otherwise shadows would end before the watch does.
 */
export function whyNotCounted(
  { window, rows }: { readonly window: Window; readonly rows: number },
  seen: readonly Window[],
): 'seen' | 'empty' | null {
  if (seen.some((known) => known.start < window.end && window.start < known.end)) return 'seen';
  return rows === 0 ? 'empty' : null;
}

/** What these models were trained and validated on; nothing for those that the ledger does not know. */
export function windowsSeenBy(state: LedgerState, models: readonly ModelRef[]): readonly Window[] {
  return models.flatMap(({ modelDigest }) => {
    const model = state.models.get(modelDigest);
    return model === undefined ? [] : [model.trainingWindow, model.validationWindow];
  });
}
