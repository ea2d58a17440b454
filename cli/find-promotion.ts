import type { WorkflowRef } from '../domain/ledger/record.js';
import type { ChainedRecord, LedgerState, OpenPromotion } from '../domain/ledger/state.js';
import { CommandFailure } from './command-error.js';
import { exitCodes } from './exit-codes.js';

/** The promotion that a decision is for, and the run that works on it. */
export interface FoundPromotion {
  readonly promotion: OpenPromotion;
  readonly owner: WorkflowRef;
}

/** The open promotion of a pipeline. Throws NO_OPEN_PROMOTION, saying how the last one ended. */
export function findPromotion(
  pipeline: string,
  ledger: { readonly records: readonly ChainedRecord[]; readonly state: LedgerState },
): FoundPromotion {
  const promotion = ledger.state.openPromotion;
  if (promotion === null) throw noOpenPromotion(pipeline, ledger.state);
  const owner = ledger.records.findLast(({ record }) => isAbout(record.event, promotion.promotionId))?.record.workflow;
  if (owner === null || owner === undefined) throw noOpenPromotion(pipeline, ledger.state);
  return { promotion, owner };
}

/** The run that last wrote about a promotion works on it. */
function isAbout(event: object, promotionId: string): boolean {
  return 'promotionId' in event && event.promotionId === promotionId;
}

function noOpenPromotion(pipeline: string, state: LedgerState): CommandFailure {
  const last = [...state.promotions.values()].at(-1);
  const trace =
    last?.status === 'closed'
      ? ` The last one, of version ${last.challenger.version}, ended as ${last.outcome} on ${last.closedAt}.`
      : '';
  return new CommandFailure(
    'NO_OPEN_PROMOTION',
    exitCodes.no,
    `No promotion of ${pipeline} waits for a decision.${trace}`,
    { example: `gauntlet promote ${pipeline}` },
  );
}
