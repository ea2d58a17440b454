import type { LedgerEvent } from '../../domain/ledger/events.js';
import { decided, evaluated, LedgerBuilder, model, opened, registered, requested } from './ledger.js';

/** A step of a rollout begins, or with null it ends without its challenger. */
export function split(id: string, challenger: string, step: number | null, sharePercent: number): LedgerEvent {
  return {
    type: 'split-changed',
    promotionId: id,
    step,
    challenger: model(challenger),
    sharePercent,
    salt: id,
    grounds: step === null ? ['it was worse'] : [],
    revokedDigests: step === null ? [model(challenger).modelDigest] : [],
  };
}

/** Champions were `a`, then `b` (epoch 2); `c` is approved, and serves a share of the entities beside `b` (epoch 3). */
export function besideChallenger(sharePercent = 50): LedgerBuilder {
  const builder = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
  return builder
    .append(registered('c'))
    .append(opened('p3', 'c'))
    .append(evaluated('p3', 'c', 'b', 2))
    .append(requested('p3'))
    .append(decided('p3', 'approve'))
    .append(split('p3', 'c', 0, sharePercent));
}
