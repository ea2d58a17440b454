import type { RecordedStop, RolloutStanding } from '../../domain/rollout/standing.js';
import { recordedStop, standingOf } from '../../domain/rollout/standing.js';
import { whileHeartbeating } from '../heartbeat.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { ReplacementServices } from '../rollback/replace-served.js';
import { askGoAhead, type GoAheadQuestion, type GoAheadRequest } from './ask-go-ahead.js';
import { beginStep, type StepRequest, type StepStart } from './begin-step.js';
import { endRollout, takeBackShare, type RolloutEndRequest, type TakenBack } from './end-rollout.js';
import { idOf, type RolloutRequest } from './rollout-request.js';

/** What the ledger says of a promotion that a run works on. */
export interface StandingNow {
  readonly standing: RolloutStanding;
  /** A person's decision that a run before this one recorded and did not act on any more. */
  readonly stopped: RecordedStop | null;
}

/** The steps of `promote` between the approval and its end; the looks are in `look-activities.ts`. */
export function createStepActivities(services: ReplacementServices) {
  const { store, definitions } = services;
  return {
    /** Folds the ledger once more: whoever else wrote to it meanwhile is heard. */
    async readStanding({ promotion }: Pick<RolloutRequest, 'promotion'>): Promise<StandingNow> {
      const { state } = await readLedger(store, promotion.pipeline);
      const known = state.promotions.get(idOf(promotion));
      return {
        standing: standingOf(state, idOf(promotion)),
        stopped: known === undefined ? null : recordedStop(known),
      };
    },

    async beginStep(request: StepRequest): Promise<StepStart> {
      const { rollout } = await definitions.loadPinned(request.promotion.definitionDigest);
      return beginStep(store, request, rollout);
    },

    askGoAhead: (request: GoAheadRequest): Promise<GoAheadQuestion> => askGoAhead(services, request),

    endRollout: (request: RolloutEndRequest): Promise<'ended' | 'none'> => endRollout(store, request),

    takeBackShare: (request: RolloutRequest): Promise<TakenBack> =>
      whileHeartbeating((signal, report) => takeBackShare(services, request, { signal, report })),
  };
}

export type StepActivities = ReturnType<typeof createStepActivities>;
