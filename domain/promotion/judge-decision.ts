import type { ParsedDecision } from './decision-message.js';

/** Where the promotion stands when a decision is looked at. Instants are milliseconds of workflow time. */
export interface DecisionSituation {
  /** The report that waits for an approval. */
  readonly reportDigest: string;
  readonly nowMs: number;
  readonly deadlineMs: number;
}

export interface JudgedDecision extends ParsedDecision {
  readonly accepted: boolean;
  /** Why it counts or not, for the ledger and for the person. */
  readonly note: string;
}

/**
 * Does this decision count? An abort always does; approve and reject must name the waiting report and come before the
 * deadline (at the deadline is too late).
 */
export function judgeDecision(message: ParsedDecision, situation: DecisionSituation): JudgedDecision {
  if (message.decision === 'abort')
    return { ...message, accepted: true, note: 'abort before the change of champion always counts' };
  if (situation.nowMs >= situation.deadlineMs)
    return { ...message, accepted: false, note: 'it came after the deadline' };
  if (message.reportDigest === null || !situation.reportDigest.startsWith(message.reportDigest)) {
    const note = `it names report ${message.reportDigest ?? 'none'}, but report ${situation.reportDigest.slice(0, 12)} waits`;
    return { ...message, accepted: false, note };
  }
  return { ...message, accepted: true, note: 'it names the report that waits and came in time' };
}
