import type { ParsedDecision } from '../../domain/promotion/decision-message.js';
import type { JudgedDecision } from '../../domain/promotion/judge-decision.js';

/**
 * How decisions were judged inside the workflow before keys, quorum and refusals: one approval that names the report was
 * enough. Runs that heard a decision then have to take the same course when they are replayed; nothing else uses this.
 */
export function judgeAsBefore(
  message: ParsedDecision,
  situation: { readonly reportDigest: string; readonly nowMs: number; readonly deadlineMs: number },
): JudgedDecision {
  const refuse = (note: string): JudgedDecision => ({ ...message, accepted: false, note });
  if (message.decision === 'abort')
    return { ...message, accepted: true, note: 'abort before the change of champion always counts' };
  if (situation.nowMs >= situation.deadlineMs) return refuse('it came after the deadline');
  if (message.reportDigest === null || !situation.reportDigest.startsWith(message.reportDigest)) {
    const waits = situation.reportDigest.slice(0, 12);
    return refuse(`it names report ${message.reportDigest ?? 'none'}, but report ${waits} waits`);
  }
  return { ...message, accepted: true, note: 'it names the report that waits and came in time' };
}
