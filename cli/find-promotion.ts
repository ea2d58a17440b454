import { decisionInForce, lookRejection } from '../domain/ledger/questions.js';
import type { WorkflowRef } from '../domain/ledger/record.js';
import type { ChainedRecord, LedgerState, OpenPromotion } from '../domain/ledger/state.js';
import { CommandFailure } from './command-error.js';
import type { ParsedDecision } from '../domain/promotion/decision-message.js';
import { nounOf } from './compose-decision.js';
import { exitCodes } from './exit-codes.js';
import { formatInstant } from './text-table.js';

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

/** Somebody else's decision, or the end, came first: what was sent changed nothing. Null while the promotion is open. */
export function closedMeanwhile(
  pipeline: string,
  { state }: { readonly state: LedgerState },
  { found, decision }: { readonly found: FoundPromotion; readonly decision: ParsedDecision['decision'] },
): CommandFailure | null {
  const promotion = state.promotions.get(found.promotion.promotionId);
  if (promotion?.status !== 'closed') return null;
  const first = decisionInForce(promotion) ?? lookRejection(promotion);
  const past = { approve: 'approved', reject: 'rejected', abort: 'aborted' } as const;
  const { outcome, closedAt } = promotion;
  const who = first === null ? `It ended as ${outcome}` : `${first.by} ${past[first.decision]} it`;
  const when = formatInstant(first?.at ?? closedAt);
  const text = `${who} at ${when}, so this promotion of ${pipeline} is over (${outcome}). Your ${nounOf(decision)} came second and changed nothing.`;
  return new CommandFailure('NO_OPEN_PROMOTION', exitCodes.no, text, { example: `gauntlet history ${pipeline}` });
}
