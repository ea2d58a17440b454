import type { SplitChanged } from '../../domain/ledger/promotion-events.js';
import { decided, evaluated, LedgerBuilder, model, opened, registered, requested } from './ledger.js';

export const splitSalt = 'flights/p3';

/** Champions were `a`, then `b`; a challenger passed its gates and was approved, and no step has begun yet. */
export function rollingOut(challenger: string): LedgerBuilder {
  const builder = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
  builder.append(registered(challenger)).append(opened('p3', challenger));
  return builder
    .append(evaluated('p3', challenger, 'b', builder.state.decisionEpoch))
    .append(requested('p3'))
    .append(decided('p3', 'approve'));
}

/** A step of the rollout, the first one unless another is given. */
export function splitTo(sharePercent: number, step = 0, challenger = 'c'): SplitChanged {
  return {
    type: 'split-changed',
    promotionId: 'p3',
    step,
    challenger: model(challenger),
    sharePercent,
    salt: splitSalt,
    grounds: [],
    revokedDigests: [],
  };
}

/** The rollout ends without its challenger. */
export function splitEnded(challenger = 'c'): SplitChanged {
  const revokedDigests = [model(challenger).modelDigest];
  return { ...splitTo(0, 0, challenger), step: null, grounds: ['it did harm'], revokedDigests };
}
