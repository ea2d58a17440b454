import type { WorkflowRef } from './record.js';
import type { ChainedRecord } from './state.js';

/** The run that works on a promotion: the one that last wrote about it. Null when no run has. */
export function promotionOwner(records: readonly ChainedRecord[], promotionId: string): WorkflowRef | null {
  const isAbout = ({ record }: ChainedRecord): boolean =>
    record.workflow !== null && 'promotionId' in record.event && record.event.promotionId === promotionId;
  return records.findLast(isAbout)?.record.workflow ?? null;
}
