import { standingOf } from '../rollout/standing.js';
import type { WorkflowRef } from './record.js';
import type { ChainedRecord, LedgerState } from './state.js';

/** The run that works on a promotion: the one that last wrote about it. Null when no run has. */
export function promotionOwner(records: readonly ChainedRecord[], promotionId: string): WorkflowRef | null {
  const isAbout = ({ record }: ChainedRecord): boolean =>
    record.workflow !== null && 'promotionId' in record.event && record.event.promotionId === promotionId;
  return records.findLast(isAbout)?.record.workflow ?? null;
}

/** The workflow id of the promotion that a publication or a judgement is news for; null where none rolls out or watches. */
export function promotionToTell({
  records,
  state,
}: {
  readonly records: readonly ChainedRecord[];
  readonly state: LedgerState;
}): string | null {
  const open = state.openPromotion;
  if (open === null) return null;
  const { status } = standingOf(state, open.promotionId);
  if (status !== 'step' && status !== 'changed') return null;
  return promotionOwner(records, open.promotionId)?.workflowId ?? null;
}
