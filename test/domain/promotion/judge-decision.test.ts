import { describe, expect, it } from 'vitest';
import type { ParsedDecision } from '../../../domain/promotion/decision-message.js';
import { judgeDecision } from '../../../domain/promotion/judge-decision.js';

const reportDigest = 'ab12cd34'.padEnd(64, '0');
const situation = { reportDigest, nowMs: 999, deadlineMs: 1000 };

function message(decision: ParsedDecision['decision'], named: string | null): ParsedDecision {
  return { decision, by: 'Anna', reportDigest: named, reason: '' };
}

describe.each(['approve', 'reject'] as const)('%s', (decision) => {
  it.each([reportDigest, reportDigest.slice(0, 8), reportDigest.slice(0, 63)])('counts when it names %s', (named) => {
    expect(judgeDecision(message(decision, named), situation).accepted).toBe(true);
  });

  it.each(['ab12cd35', 'b12cd340', `${reportDigest}0`, null])('does not count when it names %s', (named) => {
    const judged = judgeDecision(message(decision, named), situation);
    expect(judged.accepted).toBe(false);
    expect(judged.note).toBe(`it names report ${named ?? 'none'}, but report ab12cd340000 waits`);
  });

  it.each([
    [999, true],
    [1000, false],
    [1001, false],
  ])('at %i ms with the deadline at 1000 ms: counts is %s', (nowMs, accepted) => {
    expect(judgeDecision(message(decision, reportDigest), { ...situation, nowMs }).accepted).toBe(accepted);
  });
});

it('an abort counts whatever it names and whenever it comes before the change', () => {
  for (const named of [null, 'ffffffff']) {
    expect(judgeDecision(message('abort', named), { ...situation, nowMs: 5000 }).accepted).toBe(true);
  }
});
