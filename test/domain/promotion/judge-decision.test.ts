import { describe, expect, it } from 'vitest';
import type { DecisionReceived } from '../../../domain/ledger/decision-events.js';
import type { PromotionState, Recorded } from '../../../domain/ledger/state.js';
import type { ParsedDecision } from '../../../domain/promotion/decision-message.js';
import { judgeDecision, type DecisionSituation } from '../../../domain/promotion/judge-decision.js';
import { decided, evaluated, hour } from '../../support/ledger.js';
import { openCourse } from '../../support/workflow-fakes.js';

const reportDigest = 'ab12cd34'.padEnd(64, '0');
const voidDigest = '99887766'.padEnd(64, '0');
const lookDigest = '77665544'.padEnd(64, '0');
const id = openCourse.promotionId;

const report = { ...evaluated(id, 'b', 'a', 1, { reportDigest }), recordNumber: 8, at: hour(1) };
const course: PromotionState = { ...openCourse, report, openedBy: { name: 'Rita', kind: 'person' } };
const approvers = ['Anna', 'Berta', 'Carl'].map((name) => ({ name, publicKey: `key of ${name}` }));

const open: DecisionSituation = {
  promotion: course,
  awaitedDigest: reportDigest,
  earlierReports: [voidDigest],
  receivedMs: 999,
  deadlineMs: 1000,
  policy: { quorum: 1, approvers: [], unsigned: 'accept' },
  trainer: 'Tom',
  signature: 'none',
  key: null,
  nonceRecord: null,
};
const signed: DecisionSituation = {
  ...open,
  policy: { quorum: 2, approvers, unsigned: 'refuse' },
  signature: 'valid',
  key: 'key of Anna',
};

function message(decision: ParsedDecision['decision'], changes: Partial<ParsedDecision> = {}): ParsedDecision {
  return { decision, by: 'Anna', reportDigest, reason: 'better', nonce: null, signature: null, ...changes };
}

const withSignature = { signature: 'a signature', nonce: 'a nonce' };

function past(decision: 'approve' | 'reject' | 'abort', by: string, changes: Partial<DecisionReceived> = {}) {
  const event = decided(id, decision, { by, reportDigest }) as DecisionReceived;
  return { ...event, ...changes, recordNumber: 9, at: hour(2) } satisfies Recorded<DecisionReceived>;
}

function refusalOf(sent: ParsedDecision, situation: DecisionSituation): string | undefined {
  const judged = judgeDecision(sent, situation);
  expect(judged.accepted).toBe(judged.refusal === undefined);
  return judged.refusal;
}

describe.each(['approve', 'reject'] as const)('%s', (decision) => {
  it.each([reportDigest, reportDigest.slice(0, 8), reportDigest.slice(0, 63)])('counts when it names %s', (named) => {
    expect(refusalOf(message(decision, { reportDigest: named }), open)).toBeUndefined();
  });

  it.each(['ab12cd35', 'b12cd340', `${reportDigest}0`, null])('does not count when it names %s', (named) => {
    const judged = judgeDecision(message(decision, { reportDigest: named }), open);
    expect(judged).toMatchObject({
      accepted: false,
      refusal: 'other-report',
      note: `it names report ${named ?? 'none'}, but report ab12cd340000 waits`,
    });
  });

  it('does not count for an earlier report, and says that it is void', () => {
    const judged = judgeDecision(message(decision, { reportDigest: voidDigest.slice(0, 8) }), open);
    expect(judged).toMatchObject({ refusal: 'old-report', note: expect.stringContaining('is void') as unknown });
  });

  it.each([
    [999, undefined],
    [1000, 'after-deadline'],
    [1001, 'after-deadline'],
  ])('at %i ms with the deadline at 1000 ms: refusal %s', (receivedMs, refusal) => {
    expect(refusalOf(message(decision), { ...open, receivedMs })).toBe(refusal);
  });

  it.each<[string, Partial<ParsedDecision>, Partial<DecisionSituation>, string | undefined]>([
    ['without a reason', { reason: '' }, {}, 'no-reason'],
    ['while the definition cannot be read', {}, { policy: null }, 'policy-unreadable'],
    ['with a nonce that the ledger has', withSignature, { ...signed, nonceRecord: 7 }, 'replayed'],
    ['signed by an approver', withSignature, signed, undefined],
    ['of an approver whose name is written in capitals', { by: ' ANNA ', ...withSignature }, signed, undefined],
    ['of somebody who is not in the policy (any more)', { by: 'Zoe', ...withSignature }, signed, 'unknown-approver'],
    ['with a signature where nobody has a key', withSignature, { ...open, signature: 'bad' }, 'unknown-approver'],
    ['with a signature that does not hold', withSignature, { ...signed, signature: 'bad' }, 'bad-signature'],
    ['without a signature where one is asked for', {}, { ...signed, signature: 'none' }, 'unsigned'],
    [
      'without a signature where the policy lets it pass',
      {},
      { ...signed, policy: { quorum: 1, approvers, unsigned: 'accept' }, signature: 'none' },
      undefined,
    ],
    [
      'with a broken signature where none is asked for',
      withSignature,
      { ...signed, policy: { quorum: 1, approvers, unsigned: 'accept' }, signature: 'bad' },
      'bad-signature',
    ],
  ])('%s', (_, sent, situation, refusal) => {
    expect(refusalOf(message(decision, sent), { ...open, ...situation })).toBe(refusal);
  });

  it.each<[string, PromotionState, string]>([
    ['after an abort', { ...course, decisions: [past('abort', 'Carl')] }, 'already-decided'],
    ['after a rejection', { ...course, decisions: [past('reject', 'Carl')] }, 'already-decided'],
    ['after an approval that was enough', { ...course, decisions: [past('approve', 'Carl')] }, 'already-decided'],
    ['after the change of champion', { ...course, change: { epoch: 2, recordNumber: 10 } }, 'after-change'],
    [
      'after the end',
      { ...course, status: 'closed', outcome: 'expired', grounds: [], closedAt: hour(9), closedNumber: 12 },
      'after-end',
    ],
  ])('%s does not count', (_, promotion, refusal) => {
    expect(refusalOf(message(decision), { ...open, promotion })).toBe(refusal);
  });
});

describe('an approval', () => {
  it.each([
    ['Rita', 'requester'],
    [' RITA ', 'requester'],
    ['tom', 'trainer'],
    ['Anna', undefined],
  ])('by %s, where Rita asked and Tom trained: refusal %s', (by, refusal) => {
    expect(refusalOf(message('approve', { by }), open)).toBe(refusal);
  });

  it('by a namesake of the schedule that opened the promotion counts: only people are excluded', () => {
    const promotion: PromotionState = { ...course, openedBy: { name: 'Anna', kind: 'schedule' } };
    expect(refusalOf(message('approve'), { ...open, promotion })).toBeUndefined();
  });

  const once = past('approve', 'Anna', { quorum: 2, key: 'key of Anna' });

  it.each([
    ['the same person', { by: 'anna' }, {}, 'twice'],
    ['the same key under another name', { by: 'Berta' }, { key: 'key of Anna' }, 'twice'],
    ['another person', { by: 'Berta' }, { key: 'key of Berta' }, undefined],
  ])('after one of two by Anna, by %s', (_, sent, situation, refusal) => {
    const promotion: PromotionState = { ...course, decisions: [once] };
    const judged = { ...signed, ...situation, promotion };
    expect(refusalOf(message('approve', { ...sent, ...withSignature }), judged)).toBe(refusal);
  });

  it('says which of how many it is', () => {
    const promotion: PromotionState = { ...course, decisions: [once] };
    const sent = message('approve', { by: 'Berta', ...withSignature });
    const judged = judgeDecision(sent, { ...signed, key: 'key of Berta', promotion });
    expect(judged).toMatchObject({ identity: 'verified', note: expect.stringContaining('approval 2 of 2') as unknown });
  });

  it('without a signature is claimed, not verified', () => {
    expect(judgeDecision(message('approve'), open).identity).toBe('claimed');
  });

  it('of a look at the rollout counts once, although the champion has changed', () => {
    const look = {
      type: 'rollout-analyzed',
      promotionId: id,
      phase: 'watch',
      step: null,
      reportDigest: lookDigest,
      verdict: 'inconclusive',
      sentence: '',
      windows: [],
      recordNumber: 11,
      at: hour(3),
    } as const;
    const watched: PromotionState = {
      ...course,
      decisions: [past('approve', 'Carl')],
      looks: [look],
      change: { epoch: 2, recordNumber: 10 },
    };
    const asked = { ...open, promotion: watched, awaitedDigest: lookDigest };
    const goAhead = message('approve', { reportDigest: lookDigest });
    expect(refusalOf(goAhead, asked)).toBeUndefined();
    const given = past('approve', 'Berta', { reportDigest: lookDigest });
    const again = { ...watched, decisions: [...watched.decisions, given] };
    expect(refusalOf(goAhead, { ...asked, promotion: again })).toBe('already-decided');
  });
});

describe('a rejection', () => {
  it.each(['Rita', 'Tom'])('by %s counts: whoever made a version may give it up', (by) => {
    expect(refusalOf(message('reject', { by }), open)).toBeUndefined();
  });

  it('counts although one of two approvals is there', () => {
    const promotion: PromotionState = { ...course, decisions: [past('approve', 'Anna', { quorum: 2 })] };
    expect(refusalOf(message('reject', { by: 'Berta' }), { ...open, promotion })).toBeUndefined();
  });
});

describe('an abort', () => {
  it.each<[string, Partial<ParsedDecision>, Partial<DecisionSituation>]>([
    ['whatever report it names', { reportDigest: 'ffffffff' }, {}],
    ['naming none', { reportDigest: null }, {}],
    ['without a reason', { reason: '' }, {}],
    ['long after the deadline', {}, { receivedMs: 5000 }],
    ['by the requester', { by: 'Rita' }, {}],
    ['by somebody whom the policy does not know', { by: 'Zoe' }, { ...signed, signature: 'none' }],
    ['with a signature that does not hold', withSignature, { ...signed, signature: 'bad' }],
    ['while the definition cannot be read', {}, { policy: null }],
    ['after an approval that was enough', {}, { promotion: { ...course, decisions: [past('approve', 'Carl')] } }],
  ])('%s counts', (_, sent, situation) => {
    expect(refusalOf(message('abort', sent), { ...open, ...situation })).toBeUndefined();
  });

  it.each<[string, PromotionState, string]>([
    ['after another one', { ...course, decisions: [past('abort', 'Carl')] }, 'already-decided'],
    ['after the change of champion', { ...course, change: { epoch: 2, recordNumber: 10 } }, 'after-change'],
  ])('%s does not count', (_, promotion, refusal) => {
    expect(refusalOf(message('abort'), { ...open, promotion })).toBe(refusal);
  });

  it('after the change is told to roll back', () => {
    const promotion: PromotionState = { ...course, change: { epoch: 2, recordNumber: 10 } };
    expect(judgeDecision(message('abort'), { ...open, promotion }).note).toContain('`gauntlet rollback`');
  });
});
