import type { Revocation } from './state.js';

/** A model as some run pinned it, or as some published file was served by it. */
export interface ServingPin {
  readonly modelDigest: string;
  readonly decisionEpoch: number;
}

/**
 * A pin is revoked when a rollback took its model back in a later epoch. A model that is promoted again afterwards
 * serves under a newer epoch, which that revocation does not reach.
 */
export function isPinRevoked(state: { readonly revocations: readonly Revocation[] }, pin: ServingPin): boolean {
  return state.revocations.some(
    ({ modelDigest, atEpoch, fromEpoch = 0 }) =>
      modelDigest === pin.modelDigest && fromEpoch <= pin.decisionEpoch && pin.decisionEpoch < atEpoch,
  );
}
